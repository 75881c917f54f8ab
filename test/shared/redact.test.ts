import { expect, test } from 'vitest'
import { redact } from '../../shared/redact.ts'

test.each([
  ['a password by its key', { user: 'u', password: 'hunter2' }],
  ['a nested one', { auth: { list: [{ api_key: 'hunter2' }] } }],
  ['several under one key', { secret: ['hunter2', 'other'] }],
  ['an address with user and password', 'cannot reach https://u:hunter2@there:9200/'],
  ['an address with a token for a user', 'cannot reach https://hunter2@there:9200/'],
  ['a bearer header in a sentence', 'sent Authorization: Bearer hunter2hunter2'],
  ['the message of an error', new Error('postgres://u:hunter2@there/db refused')],
  ['the cause of an error', new Error('no', { cause: new Error('https://u:hunter2@there') })],
])('%s is masked', (_, value) => {
  expect(JSON.stringify(redact(value))).not.toContain('hunter2')
})

test('what is no secret is left as it is', () => {
  const fields = {
    tokenId: 'id',
    status: 401,
    path: '/sessions',
    list: [1, null, true],
    sentence: 'mail me at a@b.example',
  }

  expect(redact(fields)).toEqual(fields)
})

test('an error keeps its name, message, code and cause for the log', () => {
  const cause = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' })

  expect(redact(new TypeError('no', { cause }))).toMatchObject({
    name: 'TypeError',
    message: 'no',
    cause: { message: 'connect failed', code: 'ECONNREFUSED' },
  })
})

test('a long text that never becomes an address is looked through once', () => {
  const started = Date.now()
  redact('a.'.repeat(500_000))
  redact('a'.repeat(1_000_000))

  expect(Date.now() - started).toBeLessThan(10_000)
})

test('a ring of objects does not hang the log', () => {
  const ring: Record<string, unknown> = { name: 'ring' }
  ring.again = ring

  expect(JSON.stringify(redact(ring))).toContain('…')
})

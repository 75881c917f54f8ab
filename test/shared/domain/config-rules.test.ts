import { expect, test } from 'vitest'
import { judgeConfig } from '../../../shared/domain/config-rules.ts'

const none = { type: 'none' }
const at = (endpoint: string, more: object = {}) => ({ endpoint, auth: none, ...more })

test.each([
  ['the same text', 'http://a:9200', 'http://a:9200'],
  ['another case', 'http://A.example:9200', 'http://a.example:9200/'],
  ['a default port', 'https://a.example', 'https://a.example:443'],
  ['localhost', 'http://localhost:9200', 'http://127.0.0.1:9200'],
])('two endpoints that are one by %s are refused', (_, source, target) => {
  expect(judgeConfig({ source: at(source), target: at(target) })).toMatchObject({
    valid: false,
    errors: [{ path: '/target/endpoint', code: 'source_is_target' }],
  })
})

test('TLS settings and client certificates need https', () => {
  const source = at('http://a:9200', { tls: { insecure: true } })
  const target = at('http://b:9200', { auth: { type: 'mtls', certificate: 'c', keySecret: 'k' } })

  expect(judgeConfig({ source, target }).errors.map(({ path }) => path)).toEqual([
    '/source/tls',
    '/target/endpoint',
  ])
})

test.each([
  'ftp://a',
  'a:9200',
  '',
  'http://',
  'https://u:p@a',
  'https://a/?q=1',
  'https://a/#x',
  'javascript:alert(1)',
  'file:///etc/passwd',
])('%s is no endpoint', (endpoint) => {
  expect(judgeConfig({ source: at(endpoint) })).toMatchObject({ valid: false, document: null })
})

test.each(['http://a', 'https://a:9200/path/', 'http://[::1]:9200', 'https://xn--bcher-kva.example'])(
  '%s is an endpoint',
  (endpoint) => {
    expect(judgeConfig({ source: at(endpoint) })).toMatchObject({ valid: true, errors: [] })
  },
)

test('a wrong value is described, not repeated', () => {
  const source = {
    endpoint: 7_654_321,
    auth: { type: 'basic', username: 'u', secret: 'Hunter2 with spaces' },
  }

  const { errors } = judgeConfig({ source })

  expect(errors.map(({ path }) => path).sort()).toEqual(['/source/auth/secret', '/source/endpoint'])
  expect(JSON.stringify(errors)).not.toMatch(/Hunter2|7654321/)
})

test('no draft is too odd to be judged', () => {
  for (const draft of [
    undefined,
    null,
    7,
    'x',
    [],
    { source: null },
    { selection: { include: [''] } },
    JSON.parse('{"__proto__": 1}'),
  ])
    expect(() => judgeConfig(draft)).not.toThrow()
})

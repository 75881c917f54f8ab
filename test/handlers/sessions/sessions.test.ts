import { expect, test } from 'vitest'
import { startApp } from '../../harness/app.ts'

test('a session is created, found by name and by id, and listed', async () => {
  const { call } = await startApp()

  const created = await call('POST', '/sessions', {
    body: { name: 'orders', description: 'night of the move' },
  })

  expect(created.status).toBe(201)
  expect(created.headers.get('location')).toBe('/sessions/orders')
  const session = (await created.json()) as { id: string }
  expect(session).toMatchObject({
    name: 'orders',
    description: 'night of the move',
    archivedAt: null,
    actions: {
      metadata: { status: 'NotStarted', percent: null },
      backfill: { status: 'NotStarted', percent: null },
    },
  })
  expect(await (await call('GET', '/sessions/orders')).json()).toEqual(session)
  expect(await (await call('GET', `/sessions/${session.id}`)).json()).toEqual(session)
  expect(await (await call('GET', '/sessions')).json()).toEqual({ items: [session], next: null })
})

test('a second session of the same name is refused', async () => {
  const { call } = await startApp()
  await call('POST', '/sessions', { body: { name: 'orders' } })

  const second = await call('POST', '/sessions', { body: { name: 'orders' } })

  expect(second.status).toBe(409)
  expect(second.headers.get('content-type')).toBe('application/problem+json')
  expect(await second.json()).toMatchObject({
    code: 'session_exists',
    status: 409,
    requestId: expect.any(String),
  })
})

test('pages of the list follow each other without a gap or a repetition', async () => {
  const { call } = await startApp()
  for (let i = 0; i < 7; i++) await call('POST', '/sessions', { body: { name: `s${i}` } })

  const names: string[] = []
  let cursor = ''
  for (let turns = 0; turns < 10; turns++) {
    const page = (await (await call('GET', `/sessions?limit=3${cursor && `&cursor=${cursor}`}`)).json()) as {
      items: { name: string }[]
      next: string | null
    }
    names.push(...page.items.map(({ name }) => name))
    if (page.next === null) break
    cursor = page.next
  }

  expect(names).toEqual(['s6', 's5', 's4', 's3', 's2', 's1', 's0'])
})

test.each([
  ['a space', 'no spaces'],
  ['a path', '../etc'],
  ['a dash at the end', 'orders-'],
  ['the form of an id', '00000000-0000-4000-8000-000000000000'],
  ['51 letters', 'a'.repeat(51)],
  ['nothing', ''],
  ['a letter outside ASCII', 'bestellungén'],
])('a name with %s is refused at its field', async (_, name) => {
  const { call } = await startApp()

  const response = await call('POST', '/sessions', { body: { name } })

  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ code: 'invalid_input', errors: [{ path: '/name' }] })
})

test('a clone carries the config and no secret', async () => {
  const { call } = await startApp()
  await call('POST', '/sessions', { body: { name: 'orders' } })
  const document = {
    source: { endpoint: 'http://127.0.0.1:9', auth: { type: 'basic', username: 'u', secret: 'pw' } },
  }
  await call('PUT', '/sessions/orders/config', { body: document, headers: { 'if-match': '*' } })
  await call('PUT', '/sessions/orders/secrets/pw', { body: { value: 'hunter2' } })

  const clone = await call('POST', '/sessions/orders/clone', { body: { name: 'again' } })

  expect(clone.status).toBe(201)
  expect(await (await call('GET', '/sessions/again/config')).json()).toEqual(document)
  expect(await (await call('GET', '/sessions/again/secrets')).json()).toEqual({ items: [], next: null })
})

test('an archived session leaves the list and comes back', async () => {
  const { call } = await startApp()
  await call('POST', '/sessions', { body: { name: 'orders' } })

  await call('PATCH', '/sessions/orders', { body: { archived: true } })

  expect(await (await call('GET', '/sessions')).json()).toMatchObject({ items: [] })
  expect(await (await call('GET', '/sessions?archived=true')).json()).toMatchObject({
    items: [{ name: 'orders' }],
  })
  await call('PATCH', '/sessions/orders', { body: { archived: false } })
  expect(await (await call('GET', '/sessions')).json()).toMatchObject({
    items: [{ name: 'orders', archivedAt: null }],
  })
})

test('a session is not deleted while a run is open, and its audit entries survive it', async () => {
  const { call } = await startApp()
  const { twoClusters } = await import('../../harness/app.ts')
  await call('POST', '/sessions', { body: { name: 'orders' } })
  await call('PUT', '/sessions/orders/config', { body: twoClusters, headers: { 'if-match': '*' } })
  const run = (await (await call('POST', '/sessions/orders/metadata/start', { body: {} })).json()) as {
    id: string
  }

  const refused = await call('DELETE', '/sessions/orders')
  await call('POST', `/runs/${run.id}/stop`, { body: { reason: 'not tonight' } })
  const deleted = await call('DELETE', '/sessions/orders')

  expect(refused.status).toBe(409)
  expect(await refused.json()).toMatchObject({ code: 'session_has_open_run', runId: run.id })
  expect(deleted.status).toBe(204)
  expect((await call('GET', '/sessions/orders')).status).toBe(404)
  const audit = (await (await call('GET', '/audit?session=orders')).json()) as { items: object[] }
  expect(audit.items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ operation: 'sessionsDelete', status: 204 }),
      expect.objectContaining({ operation: 'runsStop', reason: 'not tonight', actor: 'test admin' }),
      expect.objectContaining({ operation: 'sessionsDelete', status: 409, code: 'session_has_open_run' }),
    ]),
  )
})

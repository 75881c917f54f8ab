import { fireEvent, screen, waitFor, within } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import ConfigurePage from '../../ui/pages/configure/configure.tsx'
import { at, get, onStage, openPage, problem, server, signedIn } from './stage.tsx'

onStage()

const config = '/sessions/orders/config'
const open = () => openPage('/sessions/orders/configure', '/sessions/:session/configure', ConfigurePage)
const cluster = (endpoint: string) => ({ endpoint, auth: { type: 'none' } })
const noCluster = (role: string) =>
  get(`/sessions/orders/clusters/${role}`, { role, cluster: null, check: null, checkIsCurrent: false })
const sum = { indexes: 0, documents: 0, bytes: 0 }
const noIndexes = get('/sessions/orders/clusters/source/indexes', {
  items: [],
  next: null,
  chosen: sum,
  total: sum,
})
const judged = (errors: object[] = []) =>
  http.post(at(`${config}/validate`), () => HttpResponse.json({ valid: errors.length === 0, errors }))
const noVersions = get(`${config}/versions`, { items: [], next: null })

function given(document: object, etag: string, errors: object[] = []) {
  server.use(
    get(config, document, { etag }),
    judged(errors),
    noCluster('source'),
    noCluster('target'),
    noIndexes,
    noVersions,
  )
}
const endpointOf = (side: 'Source' | 'Target') =>
  within(screen.getByRole('region', { name: side })).getByLabelText('Endpoint')

test('what is typed into a form is saved with the version it began from', async () => {
  await signedIn()
  given({}, '"0"')
  const saved: [string | null, unknown][] = []
  server.use(
    http.put(at(config), async ({ request }) => {
      saved.push([request.headers.get('if-match'), await request.json()])
      server.use(get(config, { source: cluster('https://old:9200') }, { etag: '"1"' }))
      return HttpResponse.json({}, { headers: { etag: '"1"' } })
    }),
  )
  open()
  await screen.findByText('Nothing saved yet')

  fireEvent.input(endpointOf('Source'), { target: { value: 'https://old:9200' } })
  fireEvent.click(await screen.findByRole('button', { name: 'Save' }))

  expect(await screen.findByText('Version 1')).toBeDefined()
  expect(saved).toEqual([['"0"', { source: cluster('https://old:9200') }]])
})

test('each error of a saved draft stands at its field, and the summary leads there', async () => {
  await signedIn()
  const error = {
    path: '/target/endpoint',
    code: 'source_is_target',
    message: 'Source and target are the same endpoint',
    hint: 'Enter the cluster to move to',
  }
  given({ source: cluster('https://a:9200'), target: cluster('https://a:9200') }, '"2"', [error])

  open()

  await waitFor(() => expect(endpointOf('Target').getAttribute('aria-invalid')).toBe('true'))
  const described = endpointOf('Target').getAttribute('aria-describedby') ?? ''
  expect(document.getElementById(described)?.textContent).toContain('Enter the cluster to move to')
  expect(endpointOf('Source').getAttribute('aria-invalid')).toBe('false')
  fireEvent.click(screen.getByRole('link', { name: 'Source and target are the same endpoint' }))
  expect(document.activeElement).toBe(endpointOf('Target'))
})

test('a save over a newer version shows both, and keeping both loses neither', async () => {
  await signedIn()
  const base = { source: cluster('https://old:9200') }
  const theirs = { ...base, selection: { include: ['logs-*'] } }
  given(base, '"1"')
  const saved: [string | null, unknown][] = []
  server.use(
    http.put(at(config), async ({ request }) => {
      const match = request.headers.get('if-match')
      saved.push([match, await request.json()])
      if (match === '"2"') return HttpResponse.json({}, { headers: { etag: '"3"' } })
      server.use(get(config, theirs, { etag: '"2"' }))
      return problem(412, 'stale_version', 'The document has changed')
    }),
  )
  open()
  await screen.findByText('Version 1')
  fireEvent.input(endpointOf('Target'), { target: { value: 'https://new:9200' } })
  fireEvent.click(await screen.findByRole('button', { name: 'Save' }))

  const conflict = await screen.findByRole('region', { name: 'Two versions' })
  expect(conflict.textContent).toContain('Version 2 was saved while you edited')
  expect(conflict.textContent).toContain('logs-*')
  expect(conflict.textContent).toContain('https://new:9200')
  fireEvent.click(within(conflict).getByRole('button', { name: 'Keep both' }))
  fireEvent.click(await screen.findByRole('button', { name: 'Save' }))

  await waitFor(() =>
    expect(saved.at(-1)).toEqual(['"2"', { ...theirs, target: cluster('https://new:9200') }]),
  )
})

test('a draft that was not saved is there again after a reload', async () => {
  await signedIn()
  given({ source: cluster('https://old:9200') }, '"1"')
  sessionStorage.setItem(
    'migration-assistant.draft.orders',
    JSON.stringify({
      base: { document: { source: cluster('https://old:9200') }, etag: '"1"' },
      document: { source: cluster('https://typed:9200') },
    }),
  )

  open()

  await waitFor(() => expect(endpointOf('Source')).toHaveProperty('value', 'https://typed:9200'))
  expect(screen.getByText(/changes not saved/)).toBeDefined()
})

test('the picker says how much is meant, and why the rest is not', async () => {
  await signedIn()
  given({ source: cluster('https://old:9200'), selection: { include: ['logs-*'] } }, '"1"')
  const index = (name: string, reason: string | null) => ({
    name,
    documents: 10,
    bytes: 2_048,
    shards: 1,
    replicas: 0,
    health: 'green',
    open: true,
    aliases: [],
    dataStream: null,
    chosen: reason === null,
    reason,
  })
  const asked: URLSearchParams[] = []
  server.use(
    http.get(at('/sessions/orders/clusters/source/indexes'), ({ request }) => {
      asked.push(new URL(request.url).searchParams)
      return HttpResponse.json({
        items: [index('.kibana', 'built-in'), index('logs-1', null), index('shop', 'not-included')],
        next: null,
        chosen: { indexes: 1, documents: 1_234_567, bytes: 5_368_709_120 },
        total: { indexes: 3, documents: null, bytes: null },
      })
    }),
  )

  open()

  expect(await screen.findByText('1 of 3')).toBeDefined()
  expect(screen.getByText(/1\.23M documents, 5\.0 GB/)).toBeDefined()
  expect(screen.getByText('System index')).toBeDefined()
  expect(screen.getByText('Not included')).toBeDefined()
  expect(asked.at(-1)?.get('include')).toBe('logs-*')
  fireEvent.click(screen.getByRole('checkbox', { name: 'logs-1' }))
  await waitFor(() => expect(asked.at(-1)?.get('exclude')).toBe('logs-1'))
})

test('a connection test shows what failed, what to do, and the facts', async () => {
  await signedIn()
  given({ source: cluster('https://old:9200') }, '"1"')
  const check = {
    result: 'tls',
    message: 'The certificate of old:9200 expired',
    remedy: 'Renew it',
    evidence: { expired: '2020-01-01' },
    version: null,
    health: null,
    nodes: null,
    warnings: [],
    latencyMs: null,
    checkedAt: '2026-01-01T00:00:00.000Z',
  }
  server.use(
    http.post(at('/sessions/orders/clusters/source/test'), () => {
      server.use(
        get('/sessions/orders/clusters/source', {
          role: 'source',
          cluster: cluster('https://old:9200'),
          check,
          checkIsCurrent: true,
        }),
      )
      return HttpResponse.json(check)
    }),
  )
  open()
  const source = await screen.findByRole('region', { name: 'Source' })

  fireEvent.click(within(source).getByRole('button', { name: 'Test the connection' }))

  expect(await within(source).findByText('TLS failed')).toBeDefined()
  expect(source.textContent).toContain('The certificate of old:9200 expired')
  expect(source.textContent).toContain('Renew it')
  expect(source.textContent).toContain('2020-01-01')
})

test('a secret is sent once and stands nowhere afterwards', async () => {
  await signedIn()
  const basic = {
    endpoint: 'https://old:9200',
    auth: { type: 'basic', username: 'u', secret: 'source-password' },
  }
  given({ source: basic }, '"1"')
  const sent: unknown[] = []
  server.use(
    get('/sessions/orders/secrets', { items: [], next: null }),
    http.put(at('/sessions/orders/secrets/source-password'), async ({ request }) => {
      sent.push(await request.json())
      const set = {
        name: 'source-password',
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
        boundTo: 'https://old:9200',
      }
      server.use(get('/sessions/orders/secrets', { items: [set], next: null }))
      return HttpResponse.json(set)
    }),
  )
  open()

  fireEvent.click(await screen.findByRole('button', { name: 'Set its value' }))
  fireEvent.input(screen.getByLabelText('Password'), { target: { value: 's3cr3t-value' } })
  fireEvent.click(screen.getByRole('button', { name: 'Set the secret' }))

  expect(await screen.findByText(/for https:\/\/old:9200 only/)).toBeDefined()
  expect(sent).toEqual([{ value: 's3cr3t-value' }])
  expect(document.body.innerHTML).not.toContain('s3cr3t-value')
  expect(JSON.stringify(sessionStorage)).not.toContain('s3cr3t-value')
})

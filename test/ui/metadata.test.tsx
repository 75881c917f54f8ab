import { fireEvent, screen, waitFor, within } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import MetadataPage from '../../ui/pages/metadata/metadata.tsx'
import {
  aRun,
  aStatus,
  at,
  get,
  onStage,
  openPage,
  problem,
  RUN,
  running,
  server,
  signedIn,
} from './stage.tsx'

onStage()

function open(query = '', config: object = {}) {
  server.use(get('/sessions/orders/config', config))
  openPage(`/sessions/orders/metadata${query}`, '/sessions/:session/metadata', MetadataPage)
}
const noItems = get(`/runs/${RUN}/items`, { items: [], next: null })
const noRuns = get('/sessions/orders/runs', { items: [], next: null })

function anItem(name: string, outcome: string, detail: object = {}) {
  return {
    kind: 'index',
    name,
    outcome,
    updatedAt: '2026-01-01T00:00:00.000Z',
    detail: {
      action: 'create',
      message: null,
      rules: [],
      changes: [],
      drift: [],
      targetError: null,
      remedy: null,
      attempts: 1,
      ...detail,
    },
  }
}

test('a double click evaluates once, and the button is busy until the API answered', async () => {
  await signedIn()
  let starts = 0
  let answer = () => {}
  const gate = new Promise<void>((resolve) => {
    answer = resolve
  })
  server.use(
    noRuns,
    get('/sessions/orders/metadata/latest_status', aStatus(null)),
    http.post(at('/sessions/orders/metadata/start'), async ({ request }) => {
      starts++
      expect(await request.json()).toEqual({ dryRun: true })
      await gate
      return HttpResponse.json(aRun(running), { status: 202 })
    }),
  )
  open()

  const button = await screen.findByRole('button', { name: 'Evaluate' })
  fireEvent.click(button)
  fireEvent.click(button)

  expect(await screen.findByRole('button', { name: 'Starting…' })).toHaveProperty('disabled', true)
  answer()
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Starting…' })).toBeNull())
  expect(starts).toBe(1)
})

test('a migration starts only after it was confirmed', async () => {
  await signedIn()
  const bodies: unknown[] = []
  server.use(
    noRuns,
    noItems,
    get(
      '/sessions/orders/metadata/latest_status',
      aStatus(aRun(), { items: { ok: 4, skipped: 1, warning: 0, failed: 0 } }),
    ),
    get('/sessions/orders/clusters/target', {
      role: 'target',
      cluster: { endpoint: 'https://new:9200', auth: { type: 'none' } },
      check: null,
      checkIsCurrent: false,
    }),
    http.post(at('/sessions/orders/metadata/start'), async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json(aRun(running), { status: 202 })
    }),
  )
  open()

  fireEvent.click(await screen.findByRole('button', { name: 'Migrate…' }))

  const dialog = await screen.findByRole('dialog', { name: 'Migrate the metadata' })
  await within(dialog).findByText('https://new:9200')
  expect(bodies).toEqual([])
  fireEvent.click(within(dialog).getByRole('button', { name: 'Migrate' }))
  await waitFor(() => expect(bodies).toEqual([{ dryRun: false }]))
})

test('an open run cannot be started again and can be stopped', async () => {
  await signedIn()
  const progress = {
    percent: 41.9,
    done: 41,
    total: 98,
    unit: 'items',
    message: 'index a',
    updatedAt: '2026-01-01T00:00:30.000Z',
  }
  server.use(
    noRuns,
    noItems,
    get('/sessions/orders/metadata/latest_status', aStatus(aRun({ ...running, progress }))),
  )

  open()

  expect(await screen.findByText('41 of 98 items')).toBeDefined()
  expect(screen.getAllByText('41 %').length).toBeGreaterThan(0)
  expect(document.title).toContain('41 %')
  expect(screen.getByRole('button', { name: 'Evaluate again' })).toHaveProperty('disabled', true)
  expect(screen.getByRole('button', { name: 'Migrate…' })).toHaveProperty('disabled', true)
  expect(screen.getByRole('button', { name: 'Stop…' })).toHaveProperty('disabled', false)
})

test('a percent that is not known is said to be, and is not zero', async () => {
  await signedIn()
  const progress = {
    percent: null,
    done: 0,
    total: null,
    unit: 'items',
    message: null,
    updatedAt: '2026-01-01T00:00:30.000Z',
  }
  server.use(
    noRuns,
    noItems,
    get('/sessions/orders/metadata/latest_status', aStatus(aRun({ ...running, progress }))),
  )

  open()

  expect(await screen.findByText('Percent not known yet')).toBeDefined()
  expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBeNull()
  expect(screen.queryByText('0 %')).toBeNull()
})

test('a refused start shows title, detail and the request id', async () => {
  await signedIn()
  server.use(
    noRuns,
    get('/sessions/orders/metadata/latest_status', aStatus(null)),
    http.post(at('/sessions/orders/metadata/start'), () =>
      problem(409, 'secret_missing', 'The source names the secret "pw"'),
    ),
  )
  open()

  fireEvent.click(await screen.findByRole('button', { name: 'Evaluate' }))

  const card = await screen.findByRole('alert')
  expect(card.textContent).toContain('Title of secret_missing')
  expect(card.textContent).toContain('The source names the secret "pw"')
  expect(card.textContent).toContain('req-7')
})

test('the worst items stand first, and one opens with what the target said and its body before and after', async () => {
  await signedIn()
  const refused = anItem('broken', 'failed', {
    action: 'refused',
    remedy: 'Rename the field',
    targetError: { status: 400, type: 'mapper_parsing_exception', reason: 'No handler for type [old]' },
    changes: [
      {
        path: 'settings.uuid',
        change: 'removed',
        rule: 'private-settings',
        reason: 'The cluster writes it itself',
      },
    ],
    before: { a: 1 },
    after: { a: 2 },
  })
  server.use(
    noRuns,
    get(
      '/sessions/orders/metadata/latest_status',
      aStatus(aRun(), { items: { ok: 1, skipped: 0, warning: 0, failed: 1 } }),
    ),
    get(`/runs/${RUN}/items`, { items: [anItem('fine', 'ok'), refused], next: null }),
  )
  open()

  const table = await screen.findByRole('table')
  await waitFor(() =>
    expect(
      within(table)
        .getAllByRole('link')
        .map((link) => link.textContent),
    ).toEqual(['broken', 'fine']),
  )
  fireEvent.click(screen.getByRole('link', { name: 'broken' }))

  const panel = await screen.findByRole('complementary')
  expect(await within(panel).findByText('No handler for type [old]')).toBeDefined()
  expect(panel.textContent).toContain('Rename the field')
  expect(panel.textContent).toContain('settings.uuid')
  expect(panel.textContent).toContain('"a": 1')
  expect(panel.textContent).toContain('"a": 2')
})

test('a filter in the address is asked of the API', async () => {
  await signedIn()
  const asked: string[] = []
  server.use(
    noRuns,
    get('/sessions/orders/metadata/latest_status', aStatus(aRun())),
    http.get(at(`/runs/${RUN}/items`), ({ request }) => {
      asked.push(new URL(request.url).search)
      return HttpResponse.json({ items: [], next: null })
    }),
  )

  open('?outcome=failed&kind=index&search=logs')

  expect(await screen.findByText('No item fits the filters.')).toBeDefined()
  expect(asked).toEqual(['?limit=200&kind=index&outcome=failed&search=logs'])
})

test('a viewer is offered nothing that they may not do', async () => {
  await signedIn('viewer')
  server.use(noRuns, get('/sessions/orders/metadata/latest_status', aStatus(null)))

  open()

  expect(await screen.findByText('Nothing has run yet')).toBeDefined()
  expect(screen.queryByRole('button', { name: 'Evaluate' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'Migrate…' })).toBeNull()
})

test('metadata may be read from a snapshot, and must be where no source is configured', async () => {
  await signedIn()
  const bodies: unknown[] = []
  const repositories = { main: { type: 'fs', path: '/backups' } }
  const aSnapshot = (name: string, state: string) => ({
    repository: 'main',
    name,
    uuid: name,
    state,
    version: '7.10.2',
    indexes: ['a'],
    includeGlobalState: true,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:10.000Z',
    shards: { total: 1, successful: 1, failed: 0 },
    failures: [],
    problem: null,
  })
  server.use(
    noRuns,
    get('/sessions/orders/metadata/latest_status', aStatus(null)),
    get('/sessions/orders/snapshots', {
      items: [
        aSnapshot('newer', 'IN_PROGRESS'),
        aSnapshot('nightly', 'SUCCESS'),
        aSnapshot('older', 'SUCCESS'),
      ],
      next: null,
    }),
    http.post(at('/sessions/orders/metadata/start'), async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json(aRun(running), { status: 202 })
    }),
  )

  open('', { repositories })

  expect(await screen.findByLabelText('Read from')).toMatchObject({ value: 'snapshot', disabled: true })
  fireEvent.change(await screen.findByLabelText('Snapshot'), { target: { value: 'older' } })
  // The address has it when the call that is shown has.
  await waitFor(() => expect(document.body.textContent).toMatch(/snapshot":\s*"older"/))
  fireEvent.click(screen.getByRole('button', { name: 'Evaluate' }))
  await waitFor(() =>
    expect(bodies).toEqual([{ dryRun: true, snapshotRef: { repository: 'main', snapshot: 'older' } }]),
  )
})

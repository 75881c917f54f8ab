import { fireEvent, screen, waitFor, within } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { afterEach, expect, test, vi } from 'vitest'
import type { SnapshotStatus, SnapshotSummary } from '../../ui/api/client.ts'
import SnapshotPage from '../../ui/pages/snapshot/snapshot.tsx'
import { aRun, at, get, onStage, openPage, problem, running, server, signedIn } from './stage.tsx'

onStage()
afterEach(() => vi.useRealTimers())

const open = (query = '') =>
  openPage(`/sessions/orders/snapshot${query}`, '/sessions/:session/snapshot', SnapshotPage)
const config = get(
  '/sessions/orders/config',
  { repositories: { backups: { type: 'fs', path: '/backups' } } },
  { etag: '"3"' },
)

function aSnapshot(given: Partial<SnapshotSummary> = {}): SnapshotSummary {
  return {
    repository: 'backups',
    name: 'nightly',
    uuid: 'u-1',
    state: 'SUCCESS',
    version: '7.10.2',
    indexes: ['orders', 'customers'],
    includeGlobalState: true,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:02:00.000Z',
    shards: { total: 6, successful: 6, failed: 0 },
    failures: [],
    problem: null,
    ...given,
  }
}

const holds = (...items: SnapshotSummary[]) => get('/sessions/orders/snapshots', { items, next: null })

function stands(given: Partial<SnapshotStatus> = {}) {
  const run = given.run ?? null
  return get('/sessions/orders/snapshot/status', {
    status: run?.state ?? 'NotStarted',
    progress: run?.progress ?? null,
    eta: null,
    run,
    indexes: [],
    issues: [],
    ...given,
  })
}

const taking = aRun({
  ...running,
  action: 'snapshot',
  params: { repository: 'backups', snapshot: 'tonight' },
  progress: {
    percent: 41.9,
    done: 419,
    total: 1_000,
    unit: 'bytes',
    message: null,
    updatedAt: '2026-01-01T00:00:30.000Z',
  },
})

test('a partial snapshot is a warning that names the shards which are not in it', async () => {
  await signedIn()
  const partial = aSnapshot({
    state: 'PARTIAL',
    shards: { total: 6, successful: 5, failed: 1 },
    failures: [{ index: 'orders', shard: 2, reason: 'primary shard is not allocated' }],
  })
  server.use(config, stands(), holds(partial))

  open('?snapshot=nightly')

  const panel = await screen.findByRole('region', { name: 'Snapshot nightly' })
  expect(screen.getByText('Partial').closest('.chip')?.getAttribute('data-tone')).toBe('warn')
  expect(panel.textContent).toContain('1 shard not in this snapshot')
  expect(panel.textContent).toContain('orders[2]')
  expect(panel.textContent).toContain('primary shard is not allocated')
  expect(screen.getByText('5 of 6')).toBeDefined()
  expect(screen.getByRole('link', { name: 'Use for backfill nightly' })).toBeDefined()
})

test('what cannot be read from is not offered to a backfill', async () => {
  await signedIn()
  server.use(config, stands(), holds(aSnapshot({ state: 'FAILED' })))

  open()

  expect(await screen.findByText('Failed')).toBeDefined()
  expect(screen.queryByRole('link', { name: /Use for backfill/ })).toBeNull()
})

test('a double click takes one snapshot, with what was chosen and nothing else', async () => {
  await signedIn()
  const bodies: unknown[] = []
  let answer = () => {}
  const gate = new Promise<void>((resolve) => {
    answer = resolve
  })
  server.use(
    config,
    stands(),
    holds(),
    http.post(at('/sessions/orders/snapshot/start'), async ({ request }) => {
      bodies.push(await request.json())
      await gate
      return HttpResponse.json(taking, { status: 202 })
    }),
  )
  open('?new=1')

  fireEvent.input(await screen.findByLabelText('Name'), { target: { value: 'tonight' } })
  fireEvent.input(screen.getByLabelText(/^Include/), { target: { value: 'orders*\ncustomers' } })
  const button = screen.getByRole('button', { name: 'Start the snapshot' })
  fireEvent.click(button)
  fireEvent.click(button)

  expect(await screen.findByRole('button', { name: 'Starting…' })).toHaveProperty('disabled', true)
  answer()
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Starting…' })).toBeNull())
  expect(bodies).toEqual([
    { repository: 'backups', snapshot: 'tonight', selection: { include: ['orders*', 'customers'] } },
  ])
})

test('a name that is taken is refused before it is asked for, unless the one that exists is meant', async () => {
  await signedIn()
  server.use(config, stands(), holds(aSnapshot()))
  open('?new=1')
  await screen.findByRole('button', { name: 'nightly' })

  fireEvent.input(screen.getByLabelText('Name'), { target: { value: 'nightly' } })

  expect(screen.getByRole('button', { name: 'Start the snapshot' })).toHaveProperty('disabled', true)
  fireEvent.click(screen.getByLabelText('Use a snapshot of this name that exists'))
  expect(screen.getByRole('button', { name: 'Use this snapshot' })).toHaveProperty('disabled', false)
})

test('what is being taken shows its percent, its estimate with the range, and each index', async () => {
  await signedIn()
  const index = {
    name: 'orders',
    state: 'running' as const,
    shards: { total: 5, done: 2, failed: 0 },
    bytes: { total: null, done: 1_024 },
  }
  const eta = { at: '2026-01-01T00:10:00.000Z', seconds: 600, low: 462, high: 857 }
  server.use(config, stands({ run: taking, eta, indexes: [index] }), holds())

  open()

  expect(await screen.findByText('41 %')).toBeDefined()
  expect(document.title).toContain('41 %')
  expect(screen.getByText('about 10 min 0 s left (7 min 42 s to 14 min 17 s)')).toBeDefined()
  expect(screen.getByText('419 B of 1000 B')).toBeDefined()
  expect(screen.getByText('2 of 5')).toBeDefined()
  expect(screen.getByText('1.0 KB of an unknown size')).toBeDefined()
  expect(screen.getByRole('button', { name: 'Take a snapshot…' })).toHaveProperty('disabled', true)
})

test('stopping asks, and says that nothing of the snapshot stays', async () => {
  await signedIn()
  const bodies: unknown[] = []
  server.use(
    config,
    stands({ run: taking }),
    holds(),
    http.post(at('/sessions/orders/snapshot/stop'), async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json(taking, { status: 202 })
    }),
  )
  open()

  fireEvent.click(await screen.findByRole('button', { name: 'Stop…' }))

  const dialog = await screen.findByRole('dialog', { name: 'Stop the snapshot' })
  expect(dialog.textContent).toContain('removes what it has written of this snapshot')
  expect(bodies).toEqual([])
  fireEvent.input(within(dialog).getByLabelText(/^Reason/), { target: { value: 'too slow' } })
  fireEvent.click(within(dialog).getByRole('button', { name: 'Stop the snapshot' }))
  await waitFor(() => expect(bodies).toEqual([{ reason: 'too slow' }]))
})

test('a snapshot is deleted only when its name was typed, and what stays is said', async () => {
  await signedIn()
  const asked: string[] = []
  server.use(
    config,
    stands(),
    holds(aSnapshot()),
    http.delete(at('/sessions/orders/snapshots/nightly'), ({ request }) => {
      asked.push(new URL(request.url).search)
      return problem(409, 'snapshot_in_use', 'A backfill reads from it')
    }),
  )
  open()

  fireEvent.click(await screen.findByRole('button', { name: 'Delete nightly' }))

  const dialog = await screen.findByRole('dialog', { name: 'Delete the snapshot' })
  expect(dialog.textContent).toContain('Those files in the repository backups that no other snapshot uses')
  expect(dialog.textContent).toContain('The target and everything that was moved to it')
  const button = within(dialog).getByRole('button', { name: 'Delete the snapshot' })
  expect(button).toHaveProperty('disabled', true)
  fireEvent.input(within(dialog).getByLabelText('Type nightly to confirm'), { target: { value: 'nightly' } })
  fireEvent.click(button)
  expect((await within(dialog).findByRole('alert')).textContent).toContain('A backfill reads from it')
  expect(asked).toEqual(['?repository=backups&confirm=nightly'])
})

test('the shards of an index are read when it is opened, with why one is missing', async () => {
  await signedIn()
  const index = {
    name: 'orders',
    state: 'partial' as const,
    shards: { total: 1, done: 0, failed: 1 },
    bytes: { total: 0, done: 0 },
  }
  const shard = {
    kind: 'shard',
    name: 'orders[0]',
    outcome: 'warning',
    updatedAt: '2026-01-01T00:00:00.000Z',
    detail: {
      action: 'refused',
      message: 'primary shard is not allocated',
      after: { index: 'orders', shard: 0, state: 'failed', bytes: { total: null, done: null }, node: null },
    },
  }
  const ended = aRun({ action: 'snapshot', params: { repository: 'backups', snapshot: 'nightly' } })
  server.use(
    config,
    stands({ run: ended, indexes: [index] }),
    holds(),
    get(`/runs/${ended.id}/items`, { items: [shard], next: null }),
  )
  open()

  fireEvent.click(await screen.findByRole('button', { name: 'orders' }))

  const shards = await screen.findByRole('region', { name: 'Shards of orders' })
  expect(await within(shards).findByText('primary shard is not allocated')).toBeDefined()
})

test('without a repository the page says where to name one, and asks nothing of any', async () => {
  await signedIn()
  server.use(get('/sessions/orders/config', {}, { etag: '"0"' }), stands())

  open()

  expect(await screen.findByText('No repository is configured')).toBeDefined()
  expect(screen.queryByRole('button', { name: 'Take a snapshot…' })).toBeNull()
})

test('asking stops when the snapshot is done, and the repository is read once more', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  await signedIn()
  let run = taking
  const reads = { status: 0, list: 0 }
  server.use(
    config,
    http.get(at('/sessions/orders/snapshot/status'), () => {
      reads.status++
      return HttpResponse.json({
        status: run.state,
        progress: run.progress,
        eta: null,
        run,
        indexes: [],
        issues: [],
      })
    }),
    http.get(at('/sessions/orders/snapshots'), () => {
      reads.list++
      return HttpResponse.json({ items: [], next: null })
    }),
  )
  open()
  expect(await screen.findByText('Running')).toBeDefined()
  await waitFor(() => expect(reads.list).toBe(1))

  run = aRun({ ...taking, state: 'Completed', finishedAt: '2026-01-01T00:01:00.000Z' })
  await vi.advanceTimersByTimeAsync(6_000)

  expect(await screen.findByText('Completed')).toBeDefined()
  await waitFor(() => expect(reads.list).toBe(2))
  const asked = reads.status
  await vi.advanceTimersByTimeAsync(30_000)
  expect(reads.status).toBe(asked)
})

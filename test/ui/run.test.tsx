import { fireEvent, screen, within } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { afterEach, expect, test, vi } from 'vitest'
import RunPage from '../../ui/pages/run.tsx'
import { aRun, at, get, onStage, openPage, problem, RUN, running, server, signedIn } from './stage.tsx'

onStage()
afterEach(() => vi.useRealTimers())

const open = () => openPage(`/sessions/orders/runs/${RUN}`, '/sessions/:session/runs/:run', RunPage)
const page = (items: object[] = []) => ({ items, next: null })
const parts = (logs: object = page()) => [
  get(`/runs/${RUN}/issues`, page()),
  get(`/runs/${RUN}/artifacts`, page()),
  get(`/runs/${RUN}/logs`, logs),
]

/** Counts how often the run is asked for, and answers with what `run` says at that moment. */
function countReads(run: () => object) {
  const reads = { count: 0 }
  server.use(
    http.get(at(`/runs/${RUN}`), () => {
      reads.count++
      return HttpResponse.json(run())
    }),
  )
  return reads
}

test('an open run is asked for again where streams are blocked, and no more once it has ended', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  await signedIn()
  let run = aRun(running)
  const reads = countReads(() => run)
  server.use(...parts())
  open()
  expect(await screen.findByText('Running')).toBeDefined()

  run = aRun({ state: 'Completed' })
  await vi.advanceTimersByTimeAsync(6_000)
  expect(await screen.findByText('Completed')).toBeDefined()
  const atEnd = reads.count
  await vi.advanceTimersByTimeAsync(60_000)

  expect(atEnd).toBeGreaterThan(1)
  expect(reads.count).toBe(atEnd)
})

test('a run that cannot be read any more keeps its last state, with its age and the reason', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  await signedIn()
  server.use(get(`/runs/${RUN}`, aRun(running)), ...parts())
  open()
  expect(await screen.findByText('Running')).toBeDefined()

  server.use(http.get(at(`/runs/${RUN}`), () => problem(503, 'unavailable', 'The database does not answer')))
  await vi.advanceTimersByTimeAsync(11_000)

  expect(await screen.findByText('What is shown is old.')).toBeDefined()
  expect(document.body.textContent).toContain('The database does not answer')
  expect(document.body.textContent).toMatch(/Read (just now|\d+ s ago)/)
  expect(screen.getByText('Running')).toBeDefined()
})

test('a failed run shows its error, the evidence and the remedy', async () => {
  await signedIn()
  const error = {
    code: 'cluster_401',
    message: 'The source refused the credentials',
    evidence: { status: 401 },
    remedy: 'Set the secret again',
  }
  server.use(get(`/runs/${RUN}`, aRun({ state: 'Failed', error })), ...parts())

  open()

  expect(await screen.findByText('The source refused the credentials')).toBeDefined()
  expect(screen.getByText('Set the secret again')).toBeDefined()
  expect(document.body.textContent).toContain('"status": 401')
})

test('stopping says what stays, takes a reason, and is asked once', async () => {
  await signedIn()
  const asked: unknown[] = []
  server.use(
    get(`/runs/${RUN}`, aRun(running)),
    ...parts(),
    http.post(at(`/runs/${RUN}/stop`), async ({ request }) => {
      asked.push(await request.json())
      return HttpResponse.json(aRun({ ...running, state: 'Stopping' }), { status: 202 })
    }),
  )
  open()
  fireEvent.click(await screen.findByRole('button', { name: 'Stop…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Stop the run' })
  fireEvent.input(within(dialog).getByRole('textbox'), { target: { value: 'wrong target' } })

  const button = within(dialog).getByRole('button', { name: 'Stop the run' })
  fireEvent.click(button)
  fireEvent.click(button)

  await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(asked).toEqual([{ reason: 'wrong target' }])
})

test('the log is read to its end, page by page', async () => {
  await signedIn()
  const line = (id: number) => ({
    id,
    at: '2026-01-01T00:00:00.000Z',
    level: 'info',
    worker: null,
    message: `line ${id}`,
    fields: {},
  })
  server.use(
    get(`/runs/${RUN}`, aRun()),
    http.get(at(`/runs/${RUN}/logs`), ({ request }) =>
      HttpResponse.json(
        new URL(request.url).searchParams.get('cursor') === 'c1'
          ? page([line(2)])
          : { items: [line(1)], next: 'c1' },
      ),
    ),
    ...parts(),
  )

  open()

  expect(await screen.findByText('line 2')).toBeDefined()
  expect(screen.getByText('line 1')).toBeDefined()
  expect(screen.getByText('2 lines')).toBeDefined()
})

test('the same call for a shell names a variable and no token', async () => {
  await signedIn()
  server.use(get(`/runs/${RUN}`, aRun()), ...parts())

  open()

  await screen.findByText('Start the same')
  expect(document.body.textContent).toContain(`curl -sS 'http://migration.test/runs/${RUN}'`)
  expect(document.body.textContent).toContain('Authorization: Bearer $MA_TOKEN')
})

const workflow = { engine: 'argo', namespace: 'ma', name: `backfill-${RUN}`, uid: 'u' }
const node = { message: null, startedAt: null, finishedAt: null, pod: null, depth: 0 }
const seen = {
  phase: 'Running',
  message: null,
  progress: '1/3',
  suspended: false,
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
  nodes: [
    { ...node, name: 'plan', type: 'Step', phase: 'Succeeded' },
    { ...node, name: 'work', type: 'Step', phase: 'Running' },
    { ...node, name: 'the-worker', type: 'Worker', phase: 'Failed', message: 'OOMKilled', depth: 1 },
  ],
  observedAt: '2026-01-01T00:00:30.000Z',
}
const line = { at: '2026-01-01T00:00:30.000Z', level: 'info', fields: {} }

test('a heavy run shows its workflow, and a worker of it chooses whose log is shown', async () => {
  await signedIn()
  const asked: (string | null)[] = []
  server.use(
    get(`/runs/${RUN}`, aRun({ ...running, action: 'backfill', workflow })),
    get(`/runs/${RUN}/workflow`, { ...workflow, ...seen, reason: null, last: null }),
    http.get(at(`/runs/${RUN}/logs`), ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('worker'))
      return HttpResponse.json(page([{ ...line, id: 1, worker: 'the-worker-1', message: 'I read' }]))
    }),
    ...parts(),
  )

  open()
  const tree = await screen.findByRole('list', { name: 'Steps of the workflow' })
  expect(within(tree).getAllByRole('listitem')).toHaveLength(3)
  expect(tree.textContent).toContain('OOMKilled')
  fireEvent.click(within(tree).getByRole('button', { name: 'the-worker' }))

  await vi.waitFor(() => expect(asked).toEqual([null, 'the-worker']))
  await vi.waitFor(() =>
    expect(screen.getByRole('combobox', { name: 'Worker' })).toHaveProperty('value', 'the-worker'),
  )
})

test('an engine that cannot be read is said to be unknown, with what was seen last and its age', async () => {
  await signedIn()
  const nothing = { ...seen, phase: 'Unknown', progress: null, nodes: [] }
  const reason = 'Kubernetes does not answer'
  server.use(
    get(`/runs/${RUN}`, aRun({ ...running, action: 'backfill', workflow })),
    get(`/runs/${RUN}/workflow`, { ...workflow, ...nothing, reason, last: seen }),
    ...parts(),
  )

  open()

  expect(await screen.findByText('The engine cannot be read.')).toBeDefined()
  expect(document.body.textContent).toMatch(
    /Kubernetes does not answer\. It was Running .+; that is what is shown/,
  )
  expect(screen.getByRole('list', { name: 'Steps of the workflow' }).className).toContain('stale')
})

test('a run that waits at a gate is approved from its page, with a comment', async () => {
  await signedIn('operator')
  const approval = { id: 'a1', runId: RUN, action: 'backfill', gate: 'evaluated', state: 'waiting' }
  const dates = { requestedAt: '2026-01-01T00:00:00.000Z', decidedAt: null, decidedBy: null, comment: null }
  const waitingFor = { code: 'approval', since: dates.requestedAt, detail: 'Waiting for a person' }
  const told: unknown[] = []
  let items: object[] = [{ ...approval, ...dates }]
  server.use(
    get(`/runs/${RUN}`, aRun({ ...running, action: 'backfill', waitingFor })),
    http.get(at('/sessions/orders/approvals'), () => HttpResponse.json(page(items))),
    http.post(at('/approvals/a1/approve'), async ({ request }) => {
      told.push(await request.json())
      items = []
      return HttpResponse.json({ ...approval, ...dates, state: 'approved' })
    }),
    ...parts(),
  )

  open()
  fireEvent.click(await screen.findByRole('button', { name: 'Approve…' }))
  expect(screen.getByText('Documents are written into the target.')).toBeDefined()
  fireEvent.input(screen.getByLabelText(/Reason/), { target: { value: 'counted' } })
  fireEvent.click(screen.getByRole('button', { name: 'Approve' }))

  await vi.waitFor(() => expect(screen.queryByRole('button', { name: 'Approve…' })).toBeNull())
  expect(told).toEqual([{ comment: 'counted' }])
})

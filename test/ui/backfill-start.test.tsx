import { fireEvent, screen, waitFor } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import BackfillPage from '../../ui/pages/backfill/backfill.tsx'
import { backfillRun, config, noRuns, snapshot, stands } from './backfill-stage.ts'
import { at, get, onStage, openPage, problem, RUN, running, server, signedIn } from './stage.tsx'

onStage()

const open = (query = '') =>
  openPage(`/sessions/orders/backfill${query}`, '/sessions/:session/backfill', BackfillPage)
const holds = (...items: object[]) => get('/sessions/orders/snapshots', { items, next: null })
const gated = get(
  '/sessions/orders/config',
  { repositories: { backups: { type: 'fs', path: '/backups' } }, backfill: { gates: ['switch'] } },
  { etag: '"3"' },
)
const snapshotRef = { repository: 'backups', snapshot: 'nightly' }

/** Keeps what a start was asked with. */
function starts(answer: () => Promise<Response> | Response = started) {
  const bodies: unknown[] = []
  server.use(
    http.post(at('/sessions/orders/backfill/start'), async ({ request }) => {
      bodies.push(await request.json())
      return answer()
    }),
  )
  return bodies
}
const started = () => HttpResponse.json(backfillRun(running), { status: 202 })

test('a double click starts one backfill, from the newest snapshot, with the plan of the config', async () => {
  await signedIn()
  let answer = () => {}
  const gate = new Promise<void>((resolve) => {
    answer = resolve
  })
  server.use(noRuns, config, holds(snapshot, { ...snapshot, name: 'older' }), stands({ run: null }))
  const bodies = starts(() => gate.then(started))
  open()

  await screen.findByLabelText('Snapshot')
  const button = screen.getByRole('button', { name: 'Start the backfill' })
  await waitFor(() => expect(button).toHaveProperty('disabled', false))
  fireEvent.click(button)
  fireEvent.click(button)

  expect(await screen.findByRole('button', { name: 'Starting…' })).toHaveProperty('disabled', true)
  answer()
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Starting…' })).toBeNull())
  expect(bodies).toEqual([{ snapshotRef, plan: {} }])
})

test('what is changed in the plan is sent, and nothing else', async () => {
  await signedIn()
  server.use(noRuns, config, holds(snapshot), stands({ run: null }))
  const bodies = starts()
  open()
  await screen.findByLabelText('Snapshot')

  fireEvent.input(screen.getByLabelText('Workers'), { target: { value: '4' } })
  fireEvent.change(screen.getByLabelText('Documents that are on the target already'), {
    target: { value: 'skip' },
  })
  fireEvent.click(screen.getByLabelText('Trial run'))
  fireEvent.input(await screen.findByLabelText('Documents per shard'), { target: { value: '50' } })
  fireEvent.click(screen.getByRole('button', { name: 'Start the trial' }))

  const trial = { documentsPerShard: 50, indexPrefix: 'trial-' }
  await waitFor(() =>
    expect(bodies).toEqual([{ snapshotRef, plan: { workers: 4, existing: 'skip', trial } }]),
  )
})

test('gates of the config stand in the form, and what is chosen besides is sent in the order of the run', async () => {
  await signedIn()
  server.use(noRuns, gated, holds(snapshot), stands({ run: null }))
  const bodies = starts()
  open()
  await screen.findByLabelText('Snapshot')

  expect(screen.getByLabelText(/^With every document proven/)).toHaveProperty('checked', true)
  fireEvent.click(screen.getByLabelText('Before it begins'))
  fireEvent.click(screen.getByRole('button', { name: 'Start the backfill' }))

  await waitFor(() => expect(bodies).toEqual([{ snapshotRef, plan: { gates: ['begin', 'switch'] } }]))
})

test('a snapshot named in the address is the one that is chosen', async () => {
  await signedIn()
  server.use(noRuns, config, holds({ ...snapshot, name: 'newer' }, snapshot), stands({ run: null }))
  const bodies = starts()

  open('?repository=backups&snapshot=nightly')

  await screen.findByLabelText('Snapshot')
  fireEvent.click(screen.getByRole('button', { name: 'Start the backfill' }))
  await waitFor(() => expect(bodies).toEqual([{ snapshotRef, plan: {} }]))
})

test('a partial snapshot starts only when somebody chose to go on without its shards', async () => {
  await signedIn()
  const partial = { ...snapshot, state: 'PARTIAL', shards: { total: 2, successful: 1, failed: 1 } }
  server.use(noRuns, config, holds(partial), stands({ run: null }))
  const bodies = starts()
  open()

  expect(await screen.findByText(/1 shard of the source not in this snapshot/)).toBeDefined()
  expect(screen.getByRole('button', { name: 'Start the backfill' })).toHaveProperty('disabled', true)
  fireEvent.click(screen.getByLabelText('Go on without them'))
  fireEvent.click(screen.getByRole('button', { name: 'Start the backfill' }))
  await waitFor(() => expect(bodies).toEqual([{ snapshotRef, plan: { allowPartial: true } }]))
})

test('a stopped run is gone on with from its checkpoints, with its own plan', async () => {
  await signedIn()
  const stopped = backfillRun({ state: 'Stopped' })
  server.use(
    get('/sessions/orders/runs', { items: [stopped], next: null }),
    config,
    holds(snapshot),
    stands({ run: stopped }),
  )
  const bodies = starts()
  open('?new=1')

  fireEvent.click(await screen.findByLabelText(/^Go on from the run that was stopped/))
  fireEvent.click(screen.getByRole('button', { name: 'Go on' }))

  await waitFor(() => expect(bodies).toEqual([{ snapshotRef, plan: { workers: 2, resumeFrom: RUN } }]))
})

test('a refused start shows why, and keeps what was filled in', async () => {
  await signedIn()
  server.use(noRuns, config, holds(snapshot), stands({ run: null }))
  starts(() => problem(409, 'run_in_progress', 'A backfill is open'))
  open()
  await screen.findByLabelText('Snapshot')
  fireEvent.input(screen.getByLabelText('Workers'), { target: { value: '9' } })

  fireEvent.click(screen.getByRole('button', { name: 'Start the backfill' }))

  expect((await screen.findByRole('alert')).textContent).toContain('A backfill is open')
  expect(screen.getByLabelText('Workers')).toHaveProperty('value', '9')
})

test('an empty repository leads to taking a snapshot', async () => {
  await signedIn()
  server.use(noRuns, config, holds(), stands({ run: null }))

  open()

  const link = await screen.findByRole('link', { name: 'Take one' })
  expect(link.getAttribute('href')).toBe('/sessions/orders/snapshot?new=1')
  expect(screen.getByRole('button', { name: 'Start the backfill' })).toHaveProperty('disabled', true)
})

test('a viewer sees that nothing has run, and is offered nothing', async () => {
  await signedIn('viewer')
  server.use(noRuns, stands({ run: null }))

  open()

  expect(await screen.findByText('No backfill has been started yet.')).toBeDefined()
  expect(screen.queryByRole('button', { name: 'Start the backfill' })).toBeNull()
})

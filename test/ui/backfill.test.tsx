import { fireEvent, screen, waitFor, within } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { afterEach, expect, test, vi } from 'vitest'
import BackfillPage from '../../ui/pages/backfill/backfill.tsx'
import { aBackfill, aCause, anIndex, backfillRun, noEvents, noRuns, stands } from './backfill-stage.ts'
import { at, get, onStage, openPage, RUN, running, server, signedIn } from './stage.tsx'

onStage()
afterEach(() => vi.useRealTimers())

const open = (query = '') =>
  openPage(`/sessions/orders/backfill${query}`, '/sessions/:session/backfill', BackfillPage)

test('a running backfill shows percent, documents, rate and time left with its range', async () => {
  await signedIn()
  const eta = { at: '2026-01-01T00:10:00.000Z', seconds: 600, low: 480, high: 720 }
  server.use(noRuns, noEvents, stands({ eta }))

  open()

  expect(await screen.findByText('41 %')).toBeDefined()
  expect(document.title).toContain('41 %')
  expect(screen.getByText('838')).toBeDefined()
  expect(screen.getByText('1,234/s')).toBeDefined()
  expect(screen.getByText('about 10 min 0 s left (8 min 0 s to 12 min 0 s)')).toBeDefined()
})

test('while documents are counted the page says counting, and nowhere that it is at zero', async () => {
  await signedIn()
  const { progress } = aBackfill()
  const documents = { total: null, done: 838, failed: 0 }
  const counting = anIndex({ documents: { expected: null, written: 838, rejected: 0, skipped: 0 } })
  server.use(
    noRuns,
    noEvents,
    stands({ progress: { ...progress, percent: null, documents }, indexes: [counting] }),
  )

  open()

  expect(await screen.findAllByText('Counting')).toHaveLength(2)
  const bar = screen.getByRole('progressbar', { name: 'Backfill' })
  expect(bar.getAttribute('aria-valuenow')).toBeNull()
  expect(bar.getAttribute('aria-valuetext')).toBe('counting')
  expect(screen.queryByText('0 %')).toBeNull()
  expect(document.title).not.toContain('%')
  expect(screen.getByText('of unknown')).toBeDefined()
})

test('a paused backfill says who paused it, and offers to resume it', async () => {
  await signedIn()
  let resumed = 0
  server.use(
    noRuns,
    noEvents,
    stands({
      run: backfillRun({ state: 'Paused', finishedAt: null, reason: 'peak hours' }),
      waitingFor: { code: 'paused', since: '2026-01-01T00:00:00.000Z', detail: 'Paused by joe' },
    }),
    http.post(at('/sessions/orders/backfill/resume'), () => {
      resumed++
      return HttpResponse.json(backfillRun(running), { status: 202 })
    }),
  )
  open()

  expect(await screen.findByText(/Paused by joe/)).toBeDefined()
  expect(screen.getByText('Reason given: peak hours')).toBeDefined()
  expect(screen.queryByRole('button', { name: 'Pause…' })).toBeNull()
  const button = screen.getByRole('button', { name: 'Resume' })
  fireEvent.click(button)
  fireEvent.click(button)
  await waitFor(() =>
    expect(screen.getByRole('button', { name: 'Resume' })).toHaveProperty('disabled', false),
  )
  expect(resumed).toBe(1)
})

test('stopping asks, and says that checkpoints and documents are kept', async () => {
  await signedIn()
  const bodies: unknown[] = []
  server.use(
    noRuns,
    noEvents,
    stands(),
    http.post(at('/sessions/orders/backfill/stop'), async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json(backfillRun({ state: 'Stopping', finishedAt: null }), { status: 202 })
    }),
  )
  open()

  fireEvent.click(await screen.findByRole('button', { name: 'Stop…' }))

  const dialog = await screen.findByRole('dialog', { name: 'Stop the backfill' })
  expect(dialog.textContent).toContain('Checkpoints are kept')
  expect(dialog.textContent).toContain('Nothing is deleted')
  expect(bodies).toEqual([])
  fireEvent.input(within(dialog).getByLabelText(/^Reason/), { target: { value: 'wrong snapshot' } })
  fireEvent.click(within(dialog).getByRole('button', { name: 'Stop the backfill' }))
  await waitFor(() => expect(bodies).toEqual([{ reason: 'wrong snapshot' }]))
})

test('a stale count of the target is grey and has its age, and one never made is no zero', async () => {
  await signedIn()
  const observedAt = new Date(Date.now() - 120_000).toISOString()
  server.use(
    noRuns,
    noEvents,
    stands({
      indexes: [
        anIndex({ target: { count: 431, observedAt, stale: true, error: 'target: no answer' } }),
        anIndex({ name: 'new', target: { count: null, observedAt: null, stale: true, error: null } }),
      ],
    }),
  )

  open()

  const count = (await screen.findByText(/431/)).closest('span')
  expect(count?.className).toContain('stale')
  expect(count?.textContent).toContain('2 min ago')
  expect(count?.getAttribute('title')).toBe('target: no answer')
  expect(screen.getByText('not counted yet')).toBeDefined()
})

test('scaling sends the number that was stepped to, once', async () => {
  await signedIn()
  const bodies: unknown[] = []
  server.use(
    noRuns,
    noEvents,
    stands(),
    http.post(at('/sessions/orders/backfill/scale'), async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json(backfillRun(running), { status: 202 })
    }),
  )
  open()

  expect(await screen.findByRole('button', { name: 'Set' })).toHaveProperty('disabled', true)
  fireEvent.click(screen.getByRole('button', { name: 'One worker more' }))
  fireEvent.click(screen.getByRole('button', { name: 'One worker more' }))
  fireEvent.click(screen.getByRole('button', { name: 'Set' }))

  await waitFor(() => expect(bodies).toEqual([{ workers: 4 }]))
})

test('a knob that was not touched is not sent', async () => {
  await signedIn()
  const bodies: unknown[] = []
  server.use(
    noRuns,
    noEvents,
    stands(),
    http.post(at('/sessions/orders/backfill/scale'), async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json(backfillRun(running), { status: 202 })
    }),
  )
  open()

  fireEvent.input(await screen.findByLabelText('Documents per second, at most'), { target: { value: '500' } })
  fireEvent.click(screen.getByRole('button', { name: 'Set the knobs' }))

  await waitFor(() => expect(bodies).toEqual([{ rateLimit: { documents: 500, bytes: null } }]))
})

test('workers show what each holds and why it is not faster', async () => {
  await signedIn()
  const lastSeenAt = new Date().toISOString()
  server.use(
    noRuns,
    noEvents,
    stands({
      workers: [
        {
          worker: 'worker-1',
          lastSeenAt,
          state: { waitingFor: { code: 'throttled', detail: 'The target rejects writes (429)' } },
          items: [{ key: 'a', index: 'orders', shard: 3, since: lastSeenAt }],
        },
      ],
    }),
  )

  open()

  const workers = await screen.findByRole('region', { name: 'Workers' })
  expect(workers.textContent).toContain('1 at work, 2 wanted')
  expect(workers.textContent).toContain('orders[3]')
  expect(workers.textContent).toContain('The target rejects writes (429)')
})

test('failed documents stand by cause, with count, example, remedy and their file, and are retried when confirmed', async () => {
  await signedIn()
  const { progress } = aBackfill()
  const retried: unknown[] = []
  server.use(
    noRuns,
    stands({
      run: backfillRun({ state: 'CompletedWithErrors' }),
      indexes: [anIndex()],
      progress: { ...progress, percent: 100, documents: { total: 1_000, done: 990, failed: 10 } },
    }),
    get('/sessions/orders/backfill/failed_documents', {
      runId: RUN,
      documents: 10,
      items: 0,
      groups: [aCause()],
      artifacts: [
        {
          name: 'failed-documents-1.ndjson.gz',
          mediaType: 'application/gzip',
          size: 2_048,
          sha256: 'ab',
          href: `/runs/${RUN}/artifacts/failed-documents-1.ndjson.gz`,
          createdAt: '2026-01-01T00:00:00.000Z',
        },
      ],
    }),
    http.post(at('/sessions/orders/backfill/retry_failed'), async ({ request }) => {
      retried.push(await request.json())
      return HttpResponse.json(backfillRun({ ...running, retryOf: RUN }), { status: 202 })
    }),
  )
  open()

  const failed = await screen.findByRole('region', { name: 'Failed documents' })
  expect(await within(failed).findByText('7 documents')).toBeDefined()
  expect(failed.textContent).toContain('failed to parse field [price]')
  expect(failed.textContent).toContain('Mend the mapping of the field')
  expect(failed.textContent).toContain('order-12')
  expect(within(failed).getByText('failed-documents-1.ndjson.gz').getAttribute('href')).toBe(
    `/runs/${RUN}/artifacts/failed-documents-1.ndjson.gz`,
  )
  fireEvent.click(within(failed).getByRole('button', { name: 'Retry what failed…' }))
  expect(retried).toEqual([])
  const dialog = await screen.findByRole('dialog', { name: 'Retry what failed' })
  fireEvent.click(within(dialog).getByRole('button', { name: 'Retry' }))
  await waitFor(() => expect(retried).toEqual([{}]))
  fireEvent.click(within(failed).getByRole('button', { name: 'Retry these…' }))
  const one = await screen.findByRole('dialog', { name: 'Retry 7 documents of one cause' })
  fireEvent.click(within(one).getByRole('button', { name: 'Retry' }))
  await waitFor(() => expect(retried).toEqual([{}, { group: '1' }]))
})

test.each([
  ['adds up', 10, '1,000 expected = 990 written + 10 rejected + 0 skipped'],
  ['does not add up', 8, '+ 2 not accounted for'],
])('the accounting of an ended run %s', async (_, rejected, said) => {
  await signedIn()
  const index = anIndex({ documents: { expected: 1_000, written: 990, rejected, skipped: 0 } })
  server.use(noRuns, stands({ run: backfillRun(), indexes: [index] }))

  open()

  const indexes = await screen.findByRole('region', { name: 'Indexes' })
  expect(indexes.textContent?.replaceAll(/\s+/g, ' ')).toContain(said)
})

test('verifying is said in words, and the change of phase is announced', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  await signedIn()
  let status = aBackfill()
  server.use(
    noRuns,
    noEvents,
    http.get(at('/sessions/orders/backfill/status'), () => HttpResponse.json(status)),
  )
  open()
  await screen.findByText('Running')

  status = aBackfill({ phase: 'Verifying' })
  await vi.advanceTimersByTimeAsync(6_000)

  expect(await screen.findByText(/The target is counting/)).toBeDefined()
  expect(await screen.findByText('Backfill: Verifying')).toBeDefined()
})

test('asking stops when the backfill has ended', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  await signedIn()
  let status = aBackfill()
  let asked = 0
  server.use(
    noRuns,
    noEvents,
    http.get(at('/sessions/orders/backfill/status'), () => {
      asked++
      return HttpResponse.json(status)
    }),
  )
  open()
  await screen.findByText('Running')

  status = aBackfill({ run: backfillRun() })
  await vi.advanceTimersByTimeAsync(6_000)
  expect(await screen.findByText('Completed')).toBeDefined()

  const before = asked
  await vi.advanceTimersByTimeAsync(30_000)
  expect(asked).toBe(before)
})

test('an error after a good answer keeps the numbers, and says how old they are', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  await signedIn()
  let broken = false
  server.use(
    noRuns,
    noEvents,
    http.get(at('/sessions/orders/backfill/status'), () =>
      broken ? HttpResponse.json({}, { status: 503 }) : HttpResponse.json(aBackfill()),
    ),
  )
  open()
  await screen.findByText('41 %')

  broken = true
  await vi.advanceTimersByTimeAsync(6_000)

  expect(await screen.findByText('What is shown is old.')).toBeDefined()
  expect(screen.getByText('41 %').closest('.stale')).not.toBeNull()
})

test('an ended trial is cleaned up after it was said what goes and what stays, and its prefix was typed', async () => {
  await signedIn('admin')
  const bodies: unknown[] = []
  const trial = { documentsPerShard: 10, indexPrefix: 'trial-' }
  const params = { ...backfillRun().params, plan: { trial } }
  server.use(
    noRuns,
    stands({ run: backfillRun({ params }) }),
    http.post(at('/sessions/orders/backfill/trial_cleanup'), async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json({
        indexPrefix: 'trial-',
        dryRun: bodies.length === 1,
        deleted: [{ name: 'trial-orders', documents: 30 }],
        kept: [{ name: 'trial-old', documents: 2, reason: 'It was there before the trial' }],
        gone: [],
      })
    }),
  )
  open()

  fireEvent.click(await screen.findByRole('button', { name: 'Clean up the trial…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Clean up the trial' })
  const destroy = within(dialog).getByRole('button', { name: /^Delete 1/ })
  expect(dialog.textContent).toContain('trial-orders with 30 documents')
  expect(dialog.textContent).toContain('trial-old with 2 documents: It was there before the trial')
  expect(destroy).toHaveProperty('disabled', true)
  fireEvent.input(within(dialog).getByLabelText('Type trial- to confirm'), { target: { value: 'trial-' } })
  fireEvent.click(destroy)

  await waitFor(() =>
    expect(bodies).toEqual([{ dryRun: true }, { indexPrefix: 'trial-', dryRun: false, confirm: 'trial-' }]),
  )
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

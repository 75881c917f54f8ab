import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordReports } from '../../../shared/db/reports.ts'
import { recordArtifact } from '../../../shared/db/run-parts.ts'
import { claimRun, completeRun } from '../../../shared/db/runs.ts'
import type { Run } from '../../../shared/domain/run.ts'
import { givenSession, startApp, type TestApp, twoClusters } from '../../harness/app.ts'

let api: TestApp
beforeAll(async () => {
  api = await startApp({ whenDone: afterAll })
})

async function givenRun(session: string): Promise<Run> {
  await givenSession(api, session, twoClusters)
  return (await (await api.call('POST', `/sessions/${session}/metadata/start`)).json()) as Run
}

const detail = {
  action: 'create' as const,
  message: null,
  rules: [],
  changes: [],
  drift: [],
  targetError: null,
  remedy: null,
  attempts: 1,
}
const item = (name: string, outcome: 'ok' | 'failed' = 'ok') => ({
  kind: 'index' as const,
  name,
  outcome,
  detail,
})
const issue = (code: string, severity: 'info' | 'warning' | 'error') => ({
  code,
  severity,
  origin: 'target' as const,
  retryable: false,
  scope: null,
  message: code,
  evidence: {},
  remedy: null,
})
const nothing = { progress: null, items: [], issues: [], logs: [] }

async function hold(run: Run) {
  const held = await claimRun(api.db, run.id)
  if (!held) throw new Error('the run was not claimed')
  return held.claim
}

test('before any run the status is NotStarted, not zero percent', async () => {
  await givenSession(api, 'idle')

  expect(await (await api.call('GET', '/sessions/idle/metadata/latest_status')).json()).toEqual({
    status: 'NotStarted',
    progress: null,
    artifacts: [],
    run: null,
    issues: [],
    items: { ok: 0, skipped: 0, warning: 0, failed: 0 },
  })
})

test('a start answers 202 with Location, and from the next request on the status speaks of that run', async () => {
  await givenSession(api, 'begun', twoClusters)

  const started = await api.call('POST', '/sessions/begun/metadata/start', { body: {} })
  const run = (await started.json()) as Run
  const status = await api.call('GET', '/sessions/begun/metadata/latest_status')

  expect(started.status).toBe(202)
  expect(started.headers.get('location')).toBe(`/runs/${run.id}`)
  expect(run).toMatchObject({
    state: 'Pending',
    params: { dryRun: true },
    progress: null,
    waitingFor: { code: 'queued' },
  })
  expect(await status.json()).toMatchObject({ status: 'Pending', progress: null, run: { id: run.id } })
})

test('of ten starts at once one opens a run, and the others are pointed to it', async () => {
  await givenSession(api, 'rush', twoClusters)

  const answers = await Promise.all(
    Array.from({ length: 10 }, () => api.call('POST', '/sessions/rush/metadata/start')),
  )

  const opened = answers.filter(({ status }) => status === 202)
  const refused = answers.filter(({ status }) => status === 409)
  expect([opened.length, refused.length]).toEqual([1, 9])
  for (const answer of refused) {
    expect(answer.headers.get('location')).toBe(opened[0]?.headers.get('location'))
    expect(await answer.json()).toMatchObject({ code: 'run_in_progress' })
  }
  const { rows } = await api.db.query<{ count: number }>(
    `select count(*) as count from pgboss.job where name = 'metadata-start' and data ->> 'runId' in
       (select r.id::text from run r join session s on s.id = r.session_id where s.name = 'rush')`,
  )
  expect(rows[0]?.count).toBe(1)
})

test('a run that waits is stopped at once, and stopping it again says that it has ended', async () => {
  const { id } = await givenRun('waiting')

  const stopped = await api.call('POST', `/runs/${id}/stop`, { body: { reason: 'not tonight' } })
  const again = await api.call('POST', `/runs/${id}/stop`)

  expect(stopped.status).toBe(202)
  expect(await stopped.json()).toMatchObject({
    state: 'Stopped',
    reason: 'not tonight',
    finishedAt: expect.any(String),
  })
  expect(again.status).toBe(409)
  expect(await again.json()).toMatchObject({ code: 'run_not_open' })
  expect(await claimRun(api.db, id)).toBeUndefined()
})

test('items, issues and logs are read page by page, in their order, filtered', async () => {
  const run = await givenRun('parts')
  const claim = await hold(run)
  const logs = (['info', 'warn', 'error'] as const).map((level) => ({
    at: new Date().toISOString(),
    level,
    message: `line ${level}`,
    fields: {},
  }))
  await recordReports(api.db, claim, {
    number: 1,
    progress: { done: 3, total: 4, unit: 'items', message: null },
    items: [item('c'), item('a', 'failed'), item('b')],
    issues: [
      issue('late', 'info'),
      issue('worst', 'error'),
      issue('bad', 'warning'),
      issue('worst', 'error'),
    ],
    logs,
  })
  const read = async (path: string) => {
    const found: Record<string, unknown>[] = []
    let cursor = ''
    for (let turn = 0; turn < 5; turn++) {
      const page = (await (
        await api.call('GET', `/runs/${run.id}${path}limit=1${cursor && `&cursor=${cursor}`}`)
      ).json()) as {
        items: Record<string, unknown>[]
        next: string | null
      }
      found.push(...page.items)
      if (page.next === null || page.items.length === 0) break
      cursor = page.next
    }
    return found
  }

  expect((await read('/items?')).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect((await read('/items?outcome=failed&')).map(({ name }) => name)).toEqual(['a'])
  expect((await read('/items?search=B&')).map(({ name }) => name)).toEqual(['b'])
  expect((await read('/issues?')).map(({ code, count }) => `${code} ${count}`)).toEqual([
    'worst 2',
    'bad 1',
    'late 1',
  ])
  expect((await read('/logs?')).map(({ message }) => message)).toEqual([
    'line info',
    'line warn',
    'line error',
  ])
  expect((await read('/logs?level=warn&')).map(({ level }) => level)).toEqual(['warn', 'error'])
  expect(await (await api.call('GET', '/sessions/parts')).json()).toMatchObject({
    openIssues: 2,
    actions: { metadata: { status: 'Running', percent: 75 } },
  })
})

test('logs are followed while a run is open, and end with it', async () => {
  const run = await givenRun('followed')
  const claim = await hold(run)
  const line = (message: string) => [
    { at: new Date().toISOString(), level: 'info' as const, message, fields: {} },
  ]
  type Page = { items: { message: string }[]; next: string | null }
  const read = async (cursor = '') =>
    (await (await api.call('GET', `/runs/${run.id}/logs${cursor && `?cursor=${cursor}`}`)).json()) as Page

  const empty = await read()
  await recordReports(api.db, claim, { ...nothing, number: 1, logs: line('one') })
  const first = await read(empty.next ?? '')
  const still = await read(first.next ?? '')
  await recordReports(api.db, claim, { ...nothing, number: 2, logs: line('two') })
  await completeRun(api.db, claim, {})
  const last = await read(still.next ?? '')

  expect(first.items.map(({ message }) => message)).toEqual(['one'])
  expect(still.items).toEqual([])
  expect(last.items.map(({ message }) => message)).toEqual(['two'])
  expect(last.next).toBeNull()
})

test.each(['text/html', 'application/json'])(
  'an artifact of %s that is a script is a download no browser renders',
  async (mediaType) => {
    const run = await givenRun(`script-${mediaType.length}`)
    const script = '<script>alert(document.cookie)</script>'
    const written = await api.artifacts.write(run.id, 'report.html', new Blob([script]).stream())
    await recordArtifact(api.db, { runId: run.id, name: 'report.html', mediaType, ...written })

    const answer = await api.call('GET', `/runs/${run.id}/artifacts/report.html`)

    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-disposition': 'attachment; filename="report.html"',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'content-length': String(script.length),
      etag: `"${written.sha256}"`,
    })
    expect(await answer.text()).toBe(script)
  },
)

test.each(['..%2F..%2Fetc%2Fpasswd', '..', '.hidden', '%2Fetc%2Fpasswd', 'a%00b', 'x'.repeat(200), 'a%5Cb'])(
  'no artifact is named %s',
  async (name) => {
    const run = await givenRun(`traversal-${Math.random().toString(36).slice(2)}`)

    const answer = await api.call('GET', `/runs/${run.id}/artifacts/${name}`)

    expect([400, 404, 405]).toContain(answer.status)
    await expect(
      api.artifacts.write(run.id, decodeURIComponent(name), new Blob(['x']).stream()),
    ).rejects.toMatchObject({
      code: 'artifact_not_found',
    })
  },
)

test('an artifact whose file is gone, or that never was, is 404', async () => {
  const run = await givenRun('gone')
  await recordArtifact(api.db, {
    runId: run.id,
    name: 'lost.json',
    mediaType: 'application/json',
    size: 1,
    sha256: 'x',
  })

  for (const name of ['lost.json', 'never.json'])
    expect(await (await api.call('GET', `/runs/${run.id}/artifacts/${name}`)).json()).toMatchObject({
      code: 'artifact_not_found',
    })
})

test('a run that is not there, and an id that is none, are 404', async () => {
  for (const id of ['00000000-0000-4000-8000-000000000000', 'nonsense', '%00'])
    expect(await (await api.call('GET', `/runs/${id}`)).json()).toMatchObject({ code: 'run_not_found' })
})

test('a session goes with its runs, those that retry others included', async () => {
  const run = await givenRun('ended')
  const claim = await hold(run)
  await recordReports(api.db, claim, { ...nothing, number: 1, items: [item('a', 'failed')] })
  await completeRun(api.db, claim, {})
  const retry = (await (await api.call('POST', '/sessions/ended/metadata/retry_failed')).json()) as Run
  await api.call('POST', `/runs/${retry.id}/stop`)

  expect(retry.retryOf).toBe(run.id)
  expect((await api.call('DELETE', '/sessions/ended')).status).toBe(204)
  expect((await api.call('GET', `/runs/${run.id}`)).status).toBe(404)
})

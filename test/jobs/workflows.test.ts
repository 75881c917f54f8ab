// Submission and poller over an engine that a test plays: what is told, in what order, and what becomes of the run.
import { expect, test } from 'vitest'
import type { JobContext } from '../../jobs/job.ts'
import workflowPoll from '../../jobs/workflow-poll.ts'
import workflowSubmit from '../../jobs/workflow-submit.ts'
import { createRepositories } from '../../serve/parts/repositories.ts'
import { holdRun } from '../../shared/db/heavy-runs.ts'
import { getRun, stopRun } from '../../shared/db/runs.ts'
import { recordStepResult } from '../../shared/db/steps.ts'
import { eachOpenReference, findEngineCheck, type OpenReference } from '../../shared/db/workflows.ts'
import type { IssueReport } from '../../shared/domain/report.ts'
import { argoEngine } from '../../shared/workflows/argo-engine.ts'
import { givenSession, startApp, twoClusters } from '../harness/app.ts'
import { TestWorkflows } from '../harness/workflows.ts'

async function givenRun() {
  const workflows = new TestWorkflows()
  const api = await startApp({ workflows })
  const repositories = { shelf: { type: 'fs', path: '/nowhere' } }
  await givenSession(api, 'orders', { ...twoClusters, repositories })
  const body = { snapshotRef: { repository: 'shelf', snapshot: 'night' }, plan: { workers: 3 } }
  const answer = await api.call('POST', '/sessions/orders/backfill/start', { body })
  const { id } = (await answer.json()) as { id: string }
  const context: JobContext = {
    ...api,
    workflows,
    repositories: createRepositories({ roots: [], rules: { allowLoopback: true } }),
    engine: argoEngine({ db: api.db, workflows }),
    owner: 'test',
    signal: AbortSignal.timeout(60_000),
    log: api.log,
  }
  const run = () => getRun(api.db, id)
  const issues = async () =>
    (
      await api.db.query<IssueReport & { count: number }>(
        `select code, remedy, evidence, count from run_issue where run_id = $1 order by id`,
        [id],
      )
    ).rows
  const tokens = async () =>
    (await api.db.query(`select 1 from token where run_id = $1 and revoked_at is null`, [id])).rows.length
  const submit = () => workflowSubmit.handle({ runId: id }, context)
  const poll = () => workflowPoll.handle({}, context)
  const tick = async () => {
    const held = await holdRun(api.db, id, 'test')
    if (held) await context.engine.tick(held)
  }
  /** As if it had been submitted so long ago. */
  const age = (seconds: number) =>
    api.db.query(`update run set started_at = now() - make_interval(secs => $2) where id = $1`, [id, seconds])
  return { ...api, id, workflows, run, issues, tokens, submit, poll, tick, age, answer }
}

test('a start is queued for submission, and becomes one workflow with one token however often it is delivered', async () => {
  const { submit, run, workflows, tokens, db, id } = await givenRun()
  const queued = await db.query<{ name: string }>(`select name from pgboss.job where data ->> 'runId' = $1`, [
    id,
  ])
  expect(queued.rows.map(({ name }) => name)).toEqual(['workflow-submit'])

  await submit()
  await submit()

  expect(await run()).toMatchObject({
    state: 'Running',
    workflow: { engine: 'argo', name: `backfill-${id}`, uid: expect.any(String) },
  })
  expect(workflows.all.size).toBe(1)
  expect(await tokens()).toBe(1)
})

test('a submission that died before it was recorded is found again, and its pods keep their token', async () => {
  const { submit, run, workflows, tokens, db, id } = await givenRun()
  await submit()
  const [given] = workflows.tokens.values()
  await db.query(`update run set state = 'Pending', workflow = null, phase = null where id = $1`, [id])

  await submit()

  expect(await run()).toMatchObject({ state: 'Running', workflow: { name: `backfill-${id}` } })
  expect([...workflows.tokens.values()]).toEqual([given])
  expect(await tokens()).toBe(1)
})

test.each([
  ['denied', 'engine_denied'],
  ['not_installed', 'engine_not_installed'],
  ['refused', 'engine_refused'],
] as const)('a submission that is %s ends the run with its reason', async (kind, code) => {
  const { submit, run, issues, workflows } = await givenRun()
  workflows.refuses = kind

  await submit()

  expect(await run()).toMatchObject({ state: 'Failed', error: { code, evidence: { call: 'submit' } } })
  expect(await issues()).toMatchObject([{ code, remedy: expect.any(String) }])
})

test.each([
  ['unreachable', 'engine_unreachable'],
  ['quota', 'engine_quota'],
] as const)('a submission that is %s waits, says so, and goes on later', async (kind, code) => {
  const { submit, run, issues, workflows } = await givenRun()
  workflows.refuses = kind

  await expect(submit()).rejects.toThrow()
  const waiting = await run()
  workflows.refuses = null
  await submit()

  expect(waiting).toMatchObject({ state: 'Pending', waitingFor: { code } })
  expect(await issues()).toMatchObject([{ code }])
  expect(await run()).toMatchObject({ state: 'Running', waitingFor: null })
})

test.each([
  ['Failed', 'child failed', 'workflow_failed'],
  ['Error', 'workflowtemplates.argoproj.io "backfill" not found', 'workflow_template_missing'],
  ['Failed', "Stopped with strategy 'Stop'", 'workflow_stopped'],
  ['Succeeded', null, 'result_missing'],
] as const)(
  'a workflow that ended %s (%s) without a result fails its run: %3$s',
  async (phase, message, code) => {
    const { submit, poll, run, issues, workflows } = await givenRun()
    await submit()
    workflows.end(phase, message)

    await poll()

    expect(await run()).toMatchObject({ state: 'Failed', error: { code, remedy: expect.any(String) } })
    expect(await issues()).toMatchObject([{ code }])
  },
)

test('what a step said itself counts before what its engine saw', async () => {
  const { submit, poll, run, workflows, db, id } = await givenRun()
  await submit()
  const error = { code: 'target_not_empty', message: 'm', evidence: {}, remedy: 'r' }
  await recordStepResult(db, id, 'plan', { result: null, error })
  workflows.end('Failed', 'child failed')

  await poll()

  expect(await run()).toMatchObject({ state: 'Failed', error: { code: 'target_not_empty' } })
})

test('a workflow that was deleted fails its run, but not in the first minute, when a list may not have it yet', async () => {
  const { submit, poll, run, workflows, age } = await givenRun()
  await submit()
  workflows.all.clear()

  await poll()
  const young = await run()
  await age(61)
  await poll()

  expect(young.state).toBe('Running')
  expect(await run()).toMatchObject({ state: 'Failed', error: { code: 'workflow_gone' } })
})

test('a run that is stopped stops its workflow, and has stopped when its workers are gone', async () => {
  const { submit, run, workflows, tick, db, id, tokens } = await givenRun()
  await submit()
  await stopRun(db, id, { actor: 'me', requestId: 'r', reason: null })
  workflows.workers = 2

  await tick()
  const stopping = await run()
  workflows.workers = 0
  await tick()

  expect(workflows.calls).toContain('stop')
  expect(stopping.state).toBe('Stopping')
  expect((await run()).state).toBe('Stopped')
  expect(await tokens()).toBe(0)
})

test('pause, scale and resume are asked of the engine once each', async () => {
  const { submit, workflows, tick, call } = await givenRun()
  await submit()
  const verbs = [
    ['pause', undefined],
    ['scale', { workers: 7 }],
    ['resume', undefined],
  ] as const
  workflows.calls.length = 0

  for (const [verb, body] of verbs) {
    expect((await call('POST', `/sessions/orders/backfill/${verb}`, { body })).status).toBe(202)
    await tick()
    await tick()
  }

  expect(workflows.calls).toEqual([
    ...['suspend', 'scale 3 suspended'],
    ...['suspend', 'scale 7 suspended'],
    ...['resume', 'scale 7'],
  ])
})

test('a workflow of no run is reported and left alone; one of a run that has ended is stopped', async () => {
  const { submit, poll, run, workflows, db, id } = await givenRun()
  await submit()
  workflows.add('backfill-stray', crypto.randomUUID())
  await db.query(
    `update run set state = 'Stopped', finished_at = now() - interval '2 minutes' where id = $1`,
    [id],
  )

  await poll()

  expect(await findEngineCheck(db, 'argo')).toMatchObject({ ok: true, orphans: ['backfill-stray'] })
  expect(workflows.calls.filter((call) => call === 'stop')).toHaveLength(1)
  expect((await run()).state).toBe('Stopped')
})

test('an engine that does not answer fails no run; the last look says why', async () => {
  const { submit, poll, run, workflows, db } = await givenRun()
  await submit()
  workflows.refuses = 'unreachable'

  await poll()

  expect((await run()).state).toBe('Running')
  expect(await findEngineCheck(db, 'argo')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('not answer'),
  })
})

test('a worker that was killed is told once, with its last lines; what lasts is counted', async () => {
  const { submit, poll, issues, workflows, id } = await givenRun()
  await submit()
  const issue = { severity: 'warning', origin: 'engine', retryable: true, message: 'm', remedy: 'r' } as const
  workflows.troubles = [
    {
      runId: id,
      once: true,
      pod: 'p',
      issue: { ...issue, code: 'worker_out_of_memory', scope: 'worker:x', evidence: {} },
    },
    {
      runId: id,
      once: false,
      pod: null,
      issue: { ...issue, code: 'pod_not_scheduled', scope: null, evidence: {} },
    },
  ]

  for (let time = 0; time < 3; time++) await poll()

  expect(await issues()).toMatchObject([
    { code: 'worker_out_of_memory', evidence: { lastLines: ['last line'] }, count: 2 },
    { code: 'pod_not_scheduled', count: 3 },
  ])
})

test('open references come by name, and only those of this engine', async () => {
  const { submit, db, id } = await givenRun()
  await submit()

  const found: OpenReference[] = []
  for await (const reference of eachOpenReference(db)) found.push(reference)

  expect(found).toMatchObject([{ runId: id, state: 'Running', workflow: { name: `backfill-${id}` } }])
})

// Everything that Kubernetes may refuse or take away becomes an issue with its remedy, and an honest state.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectStatus, type Loose } from '../acceptance/journey.ts'
import { needs } from '../rigs/engines.ts'
import { givenSnapshot, type Move, removeShelf, type Shelf, slowly, startMove } from './backfills.ts'
import { hasArgo, type Ship, startShip } from './rig.ts'

const argo = hasArgo()
const rigs = await needs(...(argo ? (['es7', 'os2'] as const) : []))
const workers = 'configmaps/migration-assistant-workers'

describe.skipIf(!argo || !rigs.available)('when Kubernetes refuses', () => {
  let ship: Ship
  let shelf: Shelf
  beforeAll(async () => {
    ship = await startShip(rigs.es7.repo)
    shelf = await givenSnapshot(ship.user, { source: rigs.es7, target: rigs.os2 }, 3_000)
  })
  afterAll(async () => {
    await ship?.user.close()
    await ship?.rig.close()
    if (shelf) await removeShelf(shelf)
  })

  const move = (plan: object = {}) => startMove(ship.user, shelf, plan)
  const stopped = async ({ backfill }: Move) => {
    await backfill.verb('stop')
    expect(await backfill.ended()).toMatchObject({ phase: 'Stopped' })
  }
  const says = ({ backfill }: Move, code: string) =>
    backfill.until(code, ({ issues }) => issues?.some((issue: Loose) => issue.code === code))
  const patch = (what: string, body: object) =>
    ship.rig.kubectl(['patch', what, '--type=json', '-p', JSON.stringify(body)])
  const rule = (at: number, verbs: string[]) =>
    patch('role/migration-assistant', [{ op: 'replace', path: `/rules/${at}/verbs`, value: verbs }])
  const resources = (value: object) =>
    patch(workers, [{ op: 'replace', path: '/data/resources', value: JSON.stringify(value) }])
  const usual = { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } }

  test('a template that is not installed fails the run and names itself', async () => {
    const template = ship.rig.kubectl(['get', 'workflowtemplate/backfill', '-o', 'json'])
    ship.rig.kubectl(['delete', 'workflowtemplate/backfill'])
    const { backfill } = await move()

    const status = await backfill.ended()
    ship.rig.kubectl(['create', '-f', '-'], withoutServerFields(template))

    expect(status).toMatchObject({
      phase: 'Failed',
      run: { error: { code: 'workflow_template_missing', remedy: expect.stringContaining('kubectl apply') } },
      issues: [{ code: 'workflow_template_missing', severity: 'error' }],
    })
  })

  test('a verb that was taken away at submission fails the run; one taken later is told while it goes on', async () => {
    rule(0, ['get', 'list', 'patch', 'delete'])
    const denied = await (await move()).backfill.ended()
    rule(0, ['create', 'get', 'list', 'patch', 'delete'])
    const going = await move(slowly(50))
    await going.backfill.written(1)
    rule(1, ['get', 'delete'])
    await going.backfill.verb('scale', { workers: 2 })
    const told = await says(going, 'engine_denied')
    rule(1, ['get', 'patch', 'delete'])

    expect(denied).toMatchObject({
      phase: 'Failed',
      run: { error: { code: 'engine_denied', evidence: { status: 403, method: 'POST' } } },
    })
    expect(told).toMatchObject({ phase: 'Running' })
    expect(told.issues[0].message).toMatch(/cannot patch resource "jobs"/)
    await stopped(going)
  })

  test('a quota keeps the run waiting with its reason, and lets it go on once it is raised', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none' },
      spec: { hard: { pods: '0' } },
    }
    ship.rig.kubectl(['apply', '-f', '-'], JSON.stringify(quota))
    const run = await move()

    const waiting = await says(run, 'engine_quota')
    ship.rig.kubectl(['delete', 'resourcequota/none'])
    const status = await run.backfill.ended()

    expect(waiting).toMatchObject({ run: { state: 'Running' } })
    expect(status.phase).toBe('Completed')
  })

  test('a pod that no node has room for is told, with what the scheduler says', async () => {
    resources({ requests: { cpu: '1000', memory: '64Mi' } })
    const run = await move()

    const status = await run.backfill.until(
      'waiting',
      ({ waitingFor }) => waitingFor?.code === 'pod_not_scheduled',
    )
    resources(usual)

    expect(status.issues).toMatchObject([{ code: 'pod_not_scheduled', evidence: { part: 'plan' } }])
    expect(status.waitingFor.detail).toMatch(/Insufficient cpu/)
    await stopped(run)
  })

  test('a step that needs more memory than it may is named as such', async () => {
    resources({ requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '24Mi' } })
    const run = await move()

    const status = await says(run, 'worker_out_of_memory')
    resources(usual)

    const [issue] = status.issues.filter(({ code }: Loose) => code === 'worker_out_of_memory')
    expect(issue).toMatchObject({
      evidence: { reason: 'OOMKilled' },
      remedy: expect.stringContaining('memory'),
    })
    await stopped(run)
  })

  test('a workflow that is deleted by hand fails its run within a minute and a poll; another goes on from there', async () => {
    const run = await move(slowly(20))
    await run.backfill.written(20)
    ship.rig.kubectl(['delete', `workflow/backfill-${run.run.id}`])

    const status = await run.backfill.ended()
    const { body: workflow } = await ship.user.call('GET', `/runs/${run.run.id}/workflow`)
    await run.backfill.start({ selection: { include: [shelf.index] }, resumeFrom: run.run.id })
    const second = await run.backfill.ended()

    expect(status).toMatchObject({ phase: 'Failed', run: { error: { code: 'workflow_gone' } } })
    expect(workflow).toMatchObject({ phase: 'Unknown', reason: 'The workflow is not in Kubernetes any more' })
    expect(second.phase).toBe('Completed')
  })

  test('a workflow that somebody stops in Argo fails its run and says so', async () => {
    const run = await move(slowly(20))
    await run.backfill.written(1)
    ship.rig.kubectl([
      'patch',
      `workflow/backfill-${run.run.id}`,
      '--type=merge',
      '-p',
      '{"spec":{"shutdown":"Stop"}}',
    ])

    const status = await run.backfill.ended()

    expect(status).toMatchObject({ phase: 'Failed', run: { error: { code: 'workflow_stopped' } } })
  })

  test('a workflow that belongs to no run is reported', async () => {
    const stray = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'backfill-stray', labels: { 'migration-assistant/run': crypto.randomUUID() } },
      spec: { suspend: true, entrypoint: 'm', templates: [{ name: 'm', suspend: {} }] },
    }
    ship.rig.kubectl(['apply', '-f', '-'], JSON.stringify(stray))

    await expect
      .poll(async () => (await ship.user.call('GET', '/readyz')).body.engine, {
        timeout: 30_000,
        interval: 500,
      })
      .toMatchObject({ status: 'ok', detail: expect.stringContaining('1 workflows belong to no run') })
    ship.rig.kubectl(['delete', 'workflow/backfill-stray'])
  })

  test('definitions that are not installed are told from an object that is not there', async () => {
    const { admin, namespace } = ship.rig
    const of = (version: string, name: string) =>
      admin.get(`/apis/argoproj.io/${version}/namespaces/${namespace}/workflows/${name}`)

    await expect(of('v9', 'x')).rejects.toMatchObject({ kind: 'not_installed' })
    await expect(of('v1alpha1', 'x')).rejects.toMatchObject({ kind: 'not_found' })
  })
})

describe.skipIf(!argo || !rigs.available)('an image that the nodes cannot pull', () => {
  test('is told with its name, and a stop ends the wait', async () => {
    const ship = await startShip(rigs.es7.repo, { MA_TOOL_IMAGE: 'rig.local/absent:1' })
    try {
      const shelf = await givenSnapshot(ship.user, { source: rigs.es7, target: rigs.os2 }, 100)
      const { backfill } = await startMove(ship.user, shelf)

      const status = await backfill.until(
        'waiting',
        ({ waitingFor }) => waitingFor?.code === 'image_cannot_be_pulled',
      )
      await backfill.verb('stop')

      expect(status.waitingFor.detail).toContain('rig.local/absent:1')
      expect(await backfill.ended()).toMatchObject({ phase: 'Stopped' })
      await expectStatus(200, ship.user.call('GET', '/readyz'))
    } finally {
      await ship.user.close()
      await ship.rig.close()
    }
  })
})

/** What `create` takes again. */
function withoutServerFields(text: string): string {
  const { metadata, ...rest } = JSON.parse(text)
  return JSON.stringify({ ...rest, metadata: { name: metadata.name, labels: metadata.labels } })
}

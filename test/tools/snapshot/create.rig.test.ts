// Snapshots taken by real engines through the tool: whole, partial, followed, stopped, refused.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { createRepositories } from '../../../serve/parts/repositories.ts'
import { clusterConnector } from '../../../shared/cluster/connect.ts'
import { type SnapshotAssignment, SnapshotParams } from '../../../shared/domain/snapshot.ts'
import { REQUEST_ARTIFACT, runSnapshot } from '../../../tools/snapshot/create.ts'
import { abortLeftBehind } from '../../../tools/snapshot/stop.ts'
import { engines, needs } from '../../rigs/engines.ts'
import { type Recorder, recorder } from '../metadata/recorder.ts'
import { ask, type Engine, noise, openEngine, TruthIndex } from './source-engine.ts'

const rigs = await needs('es6', 'es7', 'os2')
const connector = clusterConnector({ allowLoopback: true })
const pace = { firstMs: 50, longestMs: 200 }

/** A repository folder and index names of one test's own. */
async function given(url: string, repo: string, documents = 20) {
  const engine = await openEngine({ url, repo })
  const id = randomUUID().slice(0, 8)
  const path = join(repo, `taken-${id}`)
  const index = await filled(engine, `snap-${id}-a`, documents)
  return { engine, id, path, index, pattern: `snap-${id}-*` }
}

async function filled(engine: Engine, name: string, documents: number, settings: object = {}) {
  const index = new TruthIndex(engine, name)
  await index.create({ number_of_shards: 2, ...settings })
  await index.bulk(
    Array.from({ length: documents }, (_, i) => ({
      id: String(i),
      body: JSON.stringify({ text: noise(i, 900) }),
    })),
  )
  await index.flush()
  return index
}

type Given = Awaited<ReturnType<typeof given>>

function assignment(
  { engine, id, path, pattern }: Given,
  params: Partial<v.InferInput<typeof SnapshotParams>> = {},
  more: Partial<SnapshotAssignment> = {},
): SnapshotAssignment {
  return {
    params: v.parse(SnapshotParams, {
      repository: `r-${id}`,
      snapshot: 'first',
      selection: { include: [pattern] },
      ...params,
    }),
    source: { role: 'source', endpoint: engine.url, credentials: { type: 'none' } },
    repository: { type: 'fs', path },
    begun: false,
    chosen: [],
    ...more,
  }
}

function take(
  task: SnapshotAssignment,
  report: Recorder = recorder(),
  signal = new AbortController().signal,
) {
  return runSnapshot(task, report, signal, connector, { pace, retryMs: 100 })
}

const remove = (task: SnapshotAssignment) =>
  ask(task.source.endpoint, 'DELETE', `/_snapshot/migration-assistant-${task.params.repository}`)

describe.skipIf(!rigs.available).each(engines('es7', 'es6', 'os2'))('%s', (name) => {
  const { url, repo } = rigs[name]

  test('a snapshot holds what was selected, is told shard by shard, and is listed from its files alone', async () => {
    const scene = await given(url, repo)
    await filled(scene.engine, `other-${scene.id}`, 3)
    const [task, report] = [assignment(scene, { includeGlobalState: false }), recorder()]

    const result = await take(task, report)

    expect(result).toMatchObject({
      repository: `r-${scene.id}`,
      snapshot: 'first',
      state: 'SUCCESS',
      created: true,
      indexes: [scene.index.name],
      shards: { total: 2, failed: 0 },
    })
    expect(result.bytes).toBeGreaterThan(10_000)
    expect(Date.parse(result.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(result.startedAt ?? ''))
    expect(report.outcomes()).toEqual({
      [`index ${scene.index.name}`]: 'ok create',
      [`shard ${scene.index.name}[0]`]: 'ok create',
      [`shard ${scene.index.name}[1]`]: 'ok create',
    })
    const last = report.progressed.at(-1)
    expect(last).toMatchObject({ unit: 'bytes', done: last?.total, message: '2 of 2 shards' })
    expect(report.issues).toEqual([])
    expect(JSON.parse(report.artifacts.get(REQUEST_ARTIFACT) ?? '')).toMatchObject({
      indices: [scene.index.name],
      include_global_state: false,
    })

    const repositories = createRepositories({ roots: [repo], rules: {} })
    const listed = await repositories.list({ type: 'fs', path: scene.path })
    expect(listed).toMatchObject([
      {
        name: 'first',
        uuid: result.uuid,
        state: 'SUCCESS',
        indexes: [scene.index.name],
        includeGlobalState: false,
        shards: { total: 2, successful: 2, failed: 0 },
        problem: null,
      },
    ])
    await remove(task)
  })

  test('a name that is taken is refused, unless it is to be used or is the run’s own', async () => {
    const scene = await given(url, repo)
    const first = await take(assignment(scene))

    await expect(take(assignment(scene))).rejects.toMatchObject({
      code: 'snapshot_exists',
      remedy: expect.stringContaining('existing: "use"'),
    })
    await expect(take(assignment(scene, { existing: 'use' }))).resolves.toEqual({ ...first, created: false })
    const again = assignment(scene, {}, { begun: true, chosen: [scene.index.name] })
    await expect(take(again)).resolves.toEqual(first)
    await expect(
      take(assignment(scene, { existing: 'use', selection: { include: ['nothing-*'] } })),
    ).rejects.toMatchObject({ code: 'selection_matches_nothing' })
    await remove(again)
  })

  test('a primary shard that is missing makes a partial snapshot, with the shards named', async () => {
    const scene = await given(url, repo)
    const lost = new TruthIndex(scene.engine, `snap-${scene.id}-lost`)
    const nowhere = { 'index.routing.allocation.require._name': 'no-such-node' }
    await ask(url, 'PUT', `/${lost.name}?wait_for_active_shards=0`, {
      settings: { number_of_shards: 1, number_of_replicas: 0, ...nowhere },
    })
    const [task, report] = [assignment(scene), recorder()]

    const result = await take(task, report)

    expect(result).toMatchObject({ state: 'PARTIAL', shards: { total: 3, failed: 1 } })
    expect(report.found('index', lost.name)).toMatchObject({
      outcome: 'warning',
      detail: { after: { state: 'partial', shards: { total: 1, done: 0, failed: 1 } } },
    })
    expect(report.found('shard', `${lost.name}[0]`)).toMatchObject({
      outcome: 'warning',
      detail: {
        message: expect.stringMatching(/primary shard is not allocated/),
        remedy: expect.any(String),
      },
    })
    expect(report.found('index', scene.index.name).outcome).toBe('ok')
    expect(report.issues).toMatchObject([
      {
        code: 'snapshot_partial',
        severity: 'warning',
        evidence: { failed: 1, failures: [{ index: lost.name, shard: 0 }] },
      },
    ])
    await ask(url, 'DELETE', `/${lost.name}`)
    await remove(task)
  })

  test('an execution that dies leaves the snapshot to the next, which follows it; a stop ends it on the source', async () => {
    const scene = await given(url, repo, 150)
    const slow = { maxBytesPerSecond: 30_000 }
    const path = `/_snapshot/migration-assistant-r-${scene.id}/first`
    const state = async () =>
      (await ask<{ snapshots: { state: string }[] }>(url, 'GET', path)).snapshots[0]?.state

    const died = new AbortController()
    const running = take(assignment(scene, slow), recorder(), died.signal)
    await expect.poll(() => state().catch(() => 'not yet'), { timeout: 20_000 }).toBe('IN_PROGRESS')
    died.abort('shutdown')
    await expect(running).rejects.toBe('shutdown')
    expect(await state()).toBe('IN_PROGRESS')

    const report = recorder()
    const next = assignment(scene, slow, { begun: true, chosen: [scene.index.name] })
    await expect(take(next, report)).resolves.toMatchObject({ state: 'SUCCESS', created: true })
    expect(report.progressed.length).toBeGreaterThan(1)
    await ask(url, 'DELETE', path)

    const stopped = new AbortController()
    const told = recorder()
    const ending = take(assignment(scene, slow), told, stopped.signal)
    await expect.poll(() => state().catch(() => 'not yet'), { timeout: 20_000 }).toBe('IN_PROGRESS')
    stopped.abort('stop')
    await expect(ending).rejects.toBe('stop')
    expect(told.issues).toMatchObject([
      { code: 'snapshot_aborted', message: expect.stringContaining('ended and removed') },
    ])
    await expect(state()).rejects.toThrow('404')
    await remove(next)
  })

  test('what a dead execution of a stopped run left behind is ended, and what is finished stays', async () => {
    const scene = await given(url, repo, 150)
    const task = assignment(scene, { maxBytesPerSecond: 30_000 }, { begun: true })
    const path = `/_snapshot/migration-assistant-r-${scene.id}/first`
    const died = new AbortController()
    const running = take({ ...task, begun: false }, recorder(), died.signal)
    const found = () => ask<{ snapshots: { state: string }[] }>(url, 'GET', path)
    await expect
      .poll(async () => (await found().catch(() => null))?.snapshots[0]?.state, { timeout: 20_000 })
      .toBe('IN_PROGRESS')
    died.abort('shutdown')
    await expect(running).rejects.toBe('shutdown')

    const report = recorder()
    await abortLeftBehind(task, report, connector)

    expect(report.issues).toMatchObject([{ code: 'snapshot_aborted' }])
    await expect(found()).rejects.toThrow('404')

    await take({ ...assignment(scene), begun: false })
    await abortLeftBehind(task, report, connector)
    expect((await found()).snapshots[0]?.state).toBe('SUCCESS')
    await remove(task)
  })

  test('a folder outside path.repo and a name that means another place are said, and nothing is overwritten', async () => {
    const scene = await given(url, repo)
    const outside = assignment(scene, {}, { repository: { type: 'fs', path: '/nowhere/allowed' } })
    await expect(take(outside)).rejects.toMatchObject({
      code: 'repository_refused',
      members: { remedy: expect.stringContaining('path.repo') },
    })
    const bucket = assignment(scene, {}, { repository: { type: 's3', bucket: 'some-bucket' } })
    await expect(take(bucket)).rejects.toMatchObject({
      code: 'repository_refused',
      members: { remedy: expect.stringContaining('plugin repository-s3') },
    })

    await take(assignment(scene))
    const other = assignment(scene, {}, { repository: { type: 'fs', path: `${scene.path}-other` } })
    await expect(take(other)).rejects.toMatchObject({
      code: 'repository_differs',
      members: { evidence: { differences: [{ setting: 'location', found: scene.path }] } },
    })
    const registered = await ask(url, 'GET', `/_snapshot/migration-assistant-r-${scene.id}`)
    expect(JSON.stringify(registered)).toContain(`"location":"${scene.path}"`)
    await remove(other)
  })

  test('a filter that matches nothing is an error; asked for, it takes no index rather than all', async () => {
    const scene = await given(url, repo)
    const selection = { include: [`absent-${scene.id}-*`] }
    await expect(take(assignment(scene, { selection }))).rejects.toMatchObject({
      code: 'selection_matches_nothing',
      message: expect.stringContaining(`absent-${scene.id}-*`),
    })

    const [task, report] = [assignment(scene, { selection, allowEmpty: true }), recorder()]
    await expect(take(task, report)).resolves.toMatchObject({ state: 'SUCCESS', indexes: [] })
    expect(report.issues).toMatchObject([{ code: 'selection_matches_nothing', severity: 'warning' }])
    await remove(task)
  })
})

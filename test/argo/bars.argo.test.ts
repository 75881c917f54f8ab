// Many at once: a burst of submissions without a duplicate or a loss, many open runs looked at at once. A twentieth
// of what is promised; `npm run bench:argo` (MA_ARGO_BARS=1) does all of it, and holds it and a status to their times.
import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inParallel } from '../../jobs/parallel.ts'
import { compare } from '../../jobs/workflow-look.ts'
import { openKubernetes } from '../../serve/parts/kubernetes.ts'
import { poolDatabase } from '../../shared/db/database.ts'
import { createQueues } from '../../shared/queue/enqueue.ts'
import { workflowSubmit } from '../../shared/queue/queues.ts'
import { argo } from '../../shared/workflows/argo.ts'
import { kube } from '../../shared/workflows/kube.ts'
import { expectStatus } from '../acceptance/journey.ts'
import { needs } from '../rigs/engines.ts'
import { givenSnapshot, removeShelf, type Shelf, slowly, startMove } from './backfills.ts'
import { killProduct } from './kills.ts'
import { hasArgo, openPool, type Ship, startShip } from './rig.ts'

const all = process.env.MA_ARGO_BARS === '1'
const RUNS = all ? 10_000 : 500
const BURST = all ? 1_000 : 60
const hasCluster = hasArgo()
const rigs = await needs(...(hasCluster ? (['es7', 'os2'] as const) : []))

describe.skipIf(!hasCluster || !rigs.available)('the bars of the engine', () => {
  let ship: Ship
  let shelf: Shelf
  beforeAll(async () => {
    ship = await startShip(rigs.es7.repo)
    shelf = await givenSnapshot(ship.user, { source: rigs.es7, target: rigs.os2 }, 4_000)
  })
  afterAll(async () => {
    await ship?.user.close()
    await ship?.rig.close()
    if (shelf) await removeShelf(shelf)
  })

  /** Runs that are open in sessions of their own. */
  const givenRuns = async (kind: string, count: number, state: 'Pending' | 'Running') => {
    const pool = openPool(ship.user)
    await pool.query(
      `with s as (insert into session (name, description) select $1 || n, '' from generate_series(1, $2) n returning id),
       c as (insert into config_version (session_id, version, document, valid, errors, author)
         select id, 1, '{}', true, '[]', 'bar' from s returning session_id)
       insert into run (session_id, action, params, config_version, requested_by, request_id, state, phase, workflow, started_at, wanted_workers, knobs)
       select session_id, 'backfill', '{}', 1, $1, 'bar', $3, null, null, case when $3 = 'Running' then now() end, 1, '{}' from c`,
      [kind, count, state],
    )
    if (state === 'Running')
      await pool.query(
        `update run set phase = 'Planning', workflow = jsonb_build_object('engine', 'argo', 'namespace', $1::text, 'name', 'backfill-' || id, 'uid', null)
         where requested_by = $2`,
        [ship.rig.namespace, kind],
      )
    const { rows } = await pool.query<{ id: string }>(`select id from run where requested_by = $1`, [kind])
    return { pool, ids: rows.map(({ id }) => id) }
  }

  if (all)
    test('a status is answered within 150 ms at p95 while 20 workers run', async () => {
      const { session, backfill } = await startMove(ship.user, shelf, { workers: 20, ...slowly(40) })
      await backfill.until('20 workers', ({ workers }) => workers?.length >= 20, 240_000)

      const times: number[] = []
      for (let call = 0; call < 200; call++) {
        const began = performance.now()
        await expectStatus(200, ship.user.call('GET', `/sessions/${session}/backfill/status`))
        times.push(performance.now() - began)
        await new Promise((wait) => setTimeout(wait, 50))
      }
      const p95 = times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)]
      await backfill.verb('stop')
      await backfill.ended()

      console.log(`status with 20 workers: p95 ${p95?.toFixed(0)} ms`)
      expect(p95).toBeLessThan(150)
    }, 400_000)

  test(`${BURST} submissions at once, with a kill in the middle: one workflow each`, async () => {
    // Without its template a workflow ends at once, so that no pod is made.
    ship.rig.kubectl(['delete', 'workflowtemplate/backfill'])
    const { pool, ids } = await givenRuns('burst-', BURST, 'Pending')
    const count = async (where: string) =>
      Number(
        (await pool.query(`select count(*) as n from run where requested_by = 'burst-' and ${where}`)).rows[0]
          .n,
      )
    const db = poolDatabase(pool)
    const queues = createQueues(db)
    await inParallel(ids, 4, async (runId) => {
      await queues.enqueue(db, workflowSubmit, { runId }, { singletonKey: runId })
    })
    await expect
      .poll(() => count('workflow is not null'), { timeout: 240_000, interval: 500 })
      .toBeGreaterThan(BURST / 4)
    await pool.end()
    await killProduct(ship.user)
    const again = openPool(ship.user)
    const left = async () =>
      Number(
        (
          await again.query(
            `select count(*) as n from run where requested_by = 'burst-' and workflow is null`,
          )
        ).rows[0].n,
      )
    await expect.poll(left, { timeout: 400_000, interval: 1_000 }).toBe(0)

    const names = ship.rig
      .kubectl(['get', 'workflows', '-l', 'migration-assistant/run', '-o', 'name'])
      .trim()
      .split('\n')
    const { rows } = await again.query(
      `select workflow ->> 'name' as name from run where requested_by = 'burst-'`,
    )
    await again.end()

    const expected = new Set(ids.map((id) => `workflow.argoproj.io/backfill-${id}`))
    expect(names.filter((name) => expected.has(name))).toHaveLength(BURST)
    expect(new Set(rows.map(({ name }) => name)).size).toBe(BURST)
  }, 900_000)

  test(`${RUNS} open references are looked at, and none is taken for gone`, async () => {
    const { pool, ids } = await givenRuns('open-', RUNS, 'Running')
    const { send } = openKubernetes()
    const api = kube(send)
    const place = `/apis/argoproj.io/v1alpha1/namespaces/${ship.rig.namespace}/workflows`
    // A controller of another name does not look at them: as if it were stopped.
    await inParallel(ids, 32, async (id) => {
      const labels = { 'migration-assistant/run': id, 'workflows.argoproj.io/controller-instanceid': 'none' }
      const metadata = { name: `backfill-${id}`, labels }
      const spec = { workflowTemplateRef: { name: 'backfill' } }
      await api.create(place, { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata, spec })
    })
    const workflows = argo(send, { namespace: ship.rig.namespace, apiUrl: () => '', image: '' })
    const db = poolDatabase(pool)
    await compare(db, workflows)

    const before = process.memoryUsage().heapUsed
    const began = performance.now()
    const look = await compare(db, workflows)
    const seconds = (performance.now() - began) / 1_000
    const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20
    await pool.query(
      `update run set state = 'Stopped', finished_at = now() where requested_by = 'open-' and finished_at is null`,
    )
    await pool.end()

    console.log(`${look.openRuns} references: ${seconds.toFixed(2)} s, ${grown.toFixed(0)} MiB of heap`)
    expect(look.openRuns).toBeGreaterThanOrEqual(RUNS)
    expect(look.missing.filter(({ runId }) => ids.includes(runId))).toEqual([])
    if (all) expect(seconds).toBeLessThan(5)
    expect(grown).toBeLessThan(64)
  }, 900_000)
})

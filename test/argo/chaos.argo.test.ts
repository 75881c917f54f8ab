// kill -9 of every part, one after the other, in the middle of a backfill: it ends proven all the same, with one workflow.
// 20,000 documents here; MA_CHAOS_DOCUMENTS for more.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lacking } from '../acceptance/backfill-journey.ts'
import { needs } from '../rigs/engines.ts'
import { givenSnapshot, removeShelf, type Shelf, startMove } from './backfills.ts'
import { clusterParts, killClusterPart, killProduct, killWorker } from './kills.ts'
import { hasArgo, type Ship, startShip } from './rig.ts'

const DOCUMENTS = Number(process.env.MA_CHAOS_DOCUMENTS ?? 20_000)
/** Three minutes of work for the kills to fall into, for a part takes a while to come back. */
const PER_SECOND = Math.ceil(DOCUMENTS / 180)
const argo = hasArgo() && (process.env.MA_TEST_ARGO_KILL !== undefined || process.env.REQUIRE_RIGS === '1')
const rigs = await needs(...(argo ? (['es7', 'os2'] as const) : []))

describe.skipIf(!argo || !rigs.available)('a backfill under kill -9', () => {
  let ship: Ship
  let shelf: Shelf
  beforeAll(async () => {
    ship = await startShip(rigs.es7.repo)
    shelf = await givenSnapshot(ship.user, { source: rigs.es7, target: rigs.os2 }, DOCUMENTS)
  })
  afterAll(async () => {
    await ship?.user.close()
    await ship?.rig.close()
    if (shelf) await removeShelf(shelf)
  })

  test('API and jobs, a worker, the controller, the kubelet, the API server: Completed, every document, one workflow', async () => {
    const { user, rig } = ship
    const rateLimit = { documents: PER_SECOND, bytes: null }
    const { backfill, run } = await startMove(user, shelf, { workers: 2, rateLimit, batchBytes: 50_000 })
    await backfill.written(100)

    console.log('killed: a worker', await killWorker(rig, run.id))
    const kills: [string, () => unknown][] = [
      ['the product', () => killProduct(user)],
      ...clusterParts.map((part): [string, () => unknown] => [part, () => killClusterPart(part)]),
    ]
    for (const [what, kill] of kills.sort(() => Math.random() - 0.5)) {
      await sleep(3_000 + Math.random() * 5_000)
      console.log(`killed: ${what}`, await kill())
    }
    const killedAt = (await backfill.status()).phase
    const status = await backfill.until(
      'an end',
      ({ phase }) => /^(Completed|Failed|Stopped)/.test(phase),
      600_000,
    )

    expect(killedAt, 'the kills fell into the work').toBe('Running')
    expect(status).toMatchObject({ phase: 'Completed', run: { id: run.id } })
    expect(await lacking(rigs.os2, shelf.index, shelf.truth)).toEqual({
      missing: [],
      unknown: [],
      count: shelf.truth.length,
    })
    const label = `migration-assistant/run=${run.id}`
    const workflows = rig.kubectl(['get', 'workflows', '-l', label, '-o', 'name']).trim().split('\n')
    expect(workflows).toEqual([`workflow.argoproj.io/backfill-${run.id}`])
  }, 900_000)
})

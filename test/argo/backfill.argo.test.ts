// The brief's second diagram with Argo: POST backfill/start becomes a workflow whose pods read the snapshot and write
// the documents, until every one of them is proven to be there.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  backfillOf,
  fillShelf,
  givenShelf,
  lacking,
  newName,
  takeSnapshot,
  truthOf,
} from '../acceptance/backfill-journey.ts'
import { expectStatus, type Loose, moveMetadata } from '../acceptance/journey.ts'
import { checkOf, validationOf } from '../acceptance/validate-journey.ts'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { hasArgo, type Ship, startShip } from './rig.ts'

const argo = hasArgo()
const rigs = await needs(...(argo ? (['es7', 'os2'] as const) : []))

describe.skipIf(!argo || !rigs.available)('a backfill as a workflow', () => {
  const index = newName('shelf')
  const only = { include: [index] }
  const session = newName('whole')
  let ship: Ship
  let truth: string[] = []

  beforeAll(async () => {
    truth = truthOf(await fillShelf(rigs.es7, index, 5_000))
    ship = await startShip(rigs.es7.repo)
  })
  afterAll(async () => {
    await ship?.user.close()
    await ship?.rig.close()
    await Promise.all([wipe(rigs.es7, index), wipe(rigs.os2, index)])
  })

  test('two workers in pods move every document, and the run is proven', async () => {
    const { user, rig } = ship
    await givenShelf(user, session, { source: rigs.es7, target: rigs.os2 }, join(rigs.es7.repo, index))
    expect(await takeSnapshot(user, session, [index])).toMatchObject({ status: 'Completed' })
    await moveMetadata(user, session, { dryRun: false, selection: only })
    const backfill = backfillOf(user, session)

    const run = await backfill.start({ selection: only, workers: 2 })
    const status = await backfill.ended()

    expect(status).toMatchObject({ phase: 'Completed', issues: [], run: { id: run.id, error: null } })
    expect(status.workflow).toMatchObject({
      engine: 'argo',
      namespace: rig.namespace,
      name: `backfill-${run.id}`,
    })
    expect(await lacking(rigs.os2, index, truth)).toEqual({ missing: [], unknown: [], count: truth.length })
    const logs: Loose = await expectStatus(200, user.call('GET', `/runs/${run.id}/logs?limit=500`))
    const workers = new Set(logs.items.map(({ worker }: Loose) => worker))
    expect([...workers].some((worker) => String(worker).startsWith(`backfill-${run.id}-work-`))).toBe(true)
  })

  test('its validation is a workflow too: pods compare every document, and the certificate says so', async () => {
    const { user, rig } = ship
    const validation = validationOf(user, session)

    const whole = await validation.whole(['counts', 'documents'], { workers: 2 })

    expect(whole.status.status, JSON.stringify(whole.run.error)).toBe('Completed')
    expect(whole.run).toMatchObject({
      action: 'validate',
      workflow: { engine: 'argo', namespace: rig.namespace, name: `validate-${whole.run.id}` },
    })
    expect(checkOf(whole, 'documents.content', `index:${index}`)).toMatchObject({
      status: 'pass',
      evidence: {
        equation: { truth: truth.length, equal: truth.length, different: 0, missing: 0, extra: 0 },
      },
    })
    const logs: Loose = await expectStatus(200, user.call('GET', `/runs/${whole.run.id}/logs?limit=500`))
    const pods = logs.items.map(({ worker }: Loose) => String(worker))
    expect(pods.some((pod: string) => pod.startsWith(`validate-${whole.run.id}-work-`))).toBe(true)
  })
})

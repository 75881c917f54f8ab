// A user's verbs act on the workflow and on its Job: pause, resume, scale, stop, approve. And nothing of it is kept.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lacking } from '../acceptance/backfill-journey.ts'
import { expectStatus, type Loose } from '../acceptance/journey.ts'
import { needs } from '../rigs/engines.ts'
import { givenSnapshot, removeShelf, type Shelf, slowly, startMove } from './backfills.ts'
import { dumpOf, hasArgo, type Ship, startShip } from './rig.ts'

const argo = hasArgo()
const rigs = await needs(...(argo ? (['es7', 'os2'] as const) : []))

describe.skipIf(!argo || !rigs.available)('acting on a workflow', () => {
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

  const workflow = (id: string): Promise<Loose> =>
    expectStatus(200, ship.user.call('GET', `/runs/${id}/workflow`))
  const workersOf = ({ nodes }: Loose) =>
    nodes.filter(({ type, phase }: Loose) => type === 'Worker' && phase === 'Running')
  const toHave = (id: string, workers: number) =>
    expect
      .poll(async () => workersOf(await workflow(id)).length, { timeout: 120_000, interval: 500 })
      .toBe(workers)

  test('workers come and go as scale, pause and resume say, and every document arrives once', async () => {
    const { backfill, run } = await startMove(ship.user, shelf, { workers: 1, ...slowly(30) })
    await backfill.written(10)

    await backfill.verb('scale', { workers: 3 })
    await toHave(run.id, 3)
    await backfill.verb('pause', { reason: 'lunch' })
    await toHave(run.id, 0)
    const paused = await workflow(run.id)
    const before = (await backfill.status()).progress.documents.done
    await new Promise((wait) => setTimeout(wait, 3_000))
    const still = (await backfill.status()).progress.documents.done
    await backfill.verb('resume')
    await toHave(run.id, 3)
    await backfill.verb('scale', { workers: 1, rateLimit: null })
    const status = await backfill.ended()

    expect(paused).toMatchObject({ phase: 'Running', suspended: true })
    expect(still).toBe(before)
    expect(status).toMatchObject({ phase: 'Completed', issues: [] })
    expect(await lacking(rigs.os2, shelf.index, shelf.truth)).toMatchObject({ missing: [], unknown: [] })
  })

  test('a stop ends workflow and workers, keeps the checkpoints, and the Job goes', async () => {
    const { backfill, run } = await startMove(ship.user, shelf, { workers: 2, ...slowly(150) })
    await backfill.written(100)

    await backfill.verb('stop', { reason: 'enough' })
    const status = await backfill.ended()
    const jobs = ship.rig.kubectl(['get', 'jobs', '-o', 'name'])
    const resumed = await startMove(ship.user, shelf, {}).catch((error: unknown) => error)

    expect(status).toMatchObject({ phase: 'Stopped', run: { reason: 'enough' } })
    expect(jobs).not.toContain(run.id)
    expect(resumed).not.toBeInstanceOf(Error)
    await expect
      .poll(async () => (await workflow(run.id)).phase, { timeout: 120_000, interval: 500 })
      .toBe('Failed')
    expect(await (resumed as Awaited<ReturnType<typeof startMove>>).backfill.ended()).toMatchObject({
      phase: 'Completed',
    })
  })

  test('gates hold the workflow at exactly their steps until somebody approves them', async () => {
    const { session, backfill, run } = await startMove(ship.user, shelf, {
      gates: ['begin', 'evaluated', 'switch'],
    })
    const passed: string[] = []

    for (const gate of ['begin', 'evaluated', 'switch']) {
      const status = await backfill.until(gate, ({ waitingFor }) => waitingFor?.detail.includes(`"${gate}"`))
      expect(status.waitingFor.code).toBe('approval')
      if (gate === 'evaluated')
        expect(status.progress.documents).toMatchObject({ total: shelf.truth.length, done: 0 })
      const { items } = await expectStatus(
        200,
        ship.user.call('GET', `/sessions/${session}/approvals?state=waiting`),
      )
      expect(items).toMatchObject([{ runId: run.id, gate }])
      await expectStatus(
        200,
        ship.user.call('POST', `/approvals/${items[0].id}/approve`, { comment: `go ${gate}` }),
      )
      passed.push(gate)
    }
    const status = await backfill.ended()
    const { nodes } = await workflow(run.id)

    expect(status.phase).toBe('Completed')
    const suspended = nodes.filter(({ type }: Loose) => type === 'Gate')
    expect(suspended.map(({ name, phase }: Loose) => [name, phase])).toEqual(
      passed.map((gate) => [`gate-${gate}`, 'Succeeded']),
    )
    for (const [at, gate] of passed.entries())
      expect(suspended[at].message).toMatch(new RegExp(`^Approved by .+ at .+: go ${gate}$`))
  })

  test('a rejection stops the run before anything is written', async () => {
    const { session, backfill } = await startMove(ship.user, shelf, { gates: ['evaluated'] })
    await backfill.until('the gate', ({ waitingFor }) => waitingFor?.code === 'approval')
    const { items } = await expectStatus(200, ship.user.call('GET', `/sessions/${session}/approvals`))

    await expectStatus(200, ship.user.call('POST', `/approvals/${items[0].id}/reject`, { comment: 'no' }))

    expect(await backfill.ended()).toMatchObject({ phase: 'Stopped', progress: { documents: { done: 0 } } })
  })

  test('Postgres holds no node, pod or step of any workflow', async () => {
    const { run, backfill } = await startMove(ship.user, shelf)
    await backfill.ended()
    const raw = JSON.parse(ship.rig.kubectl(['get', `workflow/backfill-${run.id}`, '-o', 'json']))
    const ids = Object.keys(raw.status.nodes)

    const dump = await dumpOf(ship.user)

    expect(ids.length).toBeGreaterThan(4)
    expect(dump).toContain(`backfill-${run.id}`)
    // The workflow's root node has the workflow's own name, which is the reference.
    for (const id of ids.filter((id) => id !== `backfill-${run.id}`)) expect(dump).not.toContain(id)
    for (const word of ['templateScope', 'StepGroup', 'storedWorkflowTemplateSpec'])
      expect(dump).not.toContain(word)
  })
})

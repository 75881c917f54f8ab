// What a seed plays in: a run with a plan over the real API, and a target that knows what it was given.

import { recordTargetCount } from '../../shared/db/backfills.ts'
import { completeHeavyRun, holdRun, recordWorkflow } from '../../shared/db/heavy-runs.ts'
import { mintRunToken } from '../../shared/db/run-tokens.ts'
import { type Claim, insertRun } from '../../shared/db/runs.ts'
import type { Run } from '../../shared/domain/run.ts'
import { givenSession, type TestApp, twoClusters } from '../harness/app.ts'
import type { Random } from './random.ts'
import type { SimClock } from './sim-database.ts'

export const INDEXES = ['orders', 'logs']
const ITEMS = 5

export type SimItem = { key: string; index: string; from: number; to: number; expected: number | null }

/** A target that keeps what it is sent, and for good refuses what the seed says. */
export class SimTarget {
  readonly documents = new Map<string, string>()
  readonly #poor: ReadonlySet<string>

  constructor(poor: ReadonlySet<string>) {
    this.#poor = poor
  }

  /** How many were written and refused. */
  take(ids: readonly string[]): { written: number; rejected: number } {
    const good = ids.filter((id) => !this.#poor.has(id))
    for (const id of good) this.documents.set(id, bytesOf(id))
    return { written: good.length, rejected: ids.length - good.length }
  }

  /** Whether nothing more can be done for a document. */
  isSettled = (id: string): boolean => this.#poor.has(id) || this.documents.get(id) === bytesOf(id)
  isPoor = (id: string): boolean => this.#poor.has(id)
}

export const idsOf = ({ index }: Pick<SimItem, 'index'>, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `${index}/${from + at}`)
const bytesOf = (id: string) => `{"id":"${id}"}`

export type HolderCall = { key: string; epoch: number; worker: string; status: number }

export type World = {
  api: TestApp
  clock: SimClock
  run: Run
  claim: Claim
  session: string
  items: SimItem[]
  target: SimTarget
  /** Calls to the API so far: what made none has left the rows alone. */
  asked: number
  /** Calls of holders since somebody looked, with what was answered. */
  calls: HolderCall[]
  /** Calls a tool route of the run. */
  tool(path: string, body: unknown): Promise<{ status: number; body: unknown }>
  /** Calls a verb of the backfill as its user. */
  verb(name: string, body: object): Promise<number>
}

export async function givenWorld(
  api: TestApp,
  clock: SimClock,
  seed: number,
  random: Random,
): Promise<World> {
  const session = `sim-${seed}`
  const { id: sessionId } = await givenSession(api, session, twoClusters)
  const knobs = { batchBytes: 1_000_000, concurrency: 4, rateLimit: null }
  const asked = { requestedBy: 'sim', requestId: 'sim', traceparent: null }
  const run = await insertRun(api.db, {
    ...asked,
    sessionId,
    action: 'backfill',
    params: {},
    configVersion: 1,
    workers: 3,
    knobs,
  })
  const claim = { runId: run.id, epoch: await hold(api, run.id) }
  await recordWorkflow(api.db, claim, { engine: 'local', namespace: null, name: run.id, uid: null })
  const token = await mintRunToken(api.db, run.id)
  const calls: HolderCall[] = []
  const tool = async (path: string, body: unknown) => {
    world.asked++
    const response = await api.call('POST', `/runs/${run.id}/work-items${path}`, { token, body })
    const text = await response.text()
    const key = /^\/(i\d+)\//.exec(path)?.[1]
    // Our own workers say who they are in each call about an item.
    if (key) calls.push({ ...(body as { epoch: number; worker: string }), key, status: response.status })
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }
  const verb = async (name: string, body: object) => {
    world.asked++
    return (await api.call('POST', `/sessions/${session}/backfill/${name}`, { body })).status
  }
  const items = planOf(random)
  const all = items.flatMap((item) => idsOf(item, item.from, item.to))
  const poor = new Set(random.chance(0.5) ? all.filter(() => random.chance(0.05)) : [])
  const world: World = {
    api,
    clock,
    run,
    claim,
    session,
    items,
    target: new SimTarget(poor),
    calls,
    tool,
    verb,
    asked: 0,
  }
  await plan(world)
  return world
}

async function hold(api: TestApp, runId: string): Promise<number> {
  const held = await holdRun(api.db, runId, 'sim')
  if (!held) throw new Error('a run that was just opened is held by another')
  return held.epoch
}

function planOf(random: Random): SimItem[] {
  let from = 0
  return Array.from({ length: ITEMS }, (_, n) => {
    const count = 1 + random.below(9)
    const item = { key: `i${n}`, index: random.pick(INDEXES), from, to: from + count }
    from += count
    return { ...item, expected: random.chance(0.7) ? count : null }
  })
}

async function plan({ tool, items, api, run }: World): Promise<void> {
  const indexes = INDEXES.map((name) => ({ name, targetName: name, shards: 1, existingDocuments: 0 }))
  const planned = items.map(({ key, index, from, to, expected }) => ({
    key,
    spec: { index, targetIndex: index, shard: 0, segment: '_0', from, to },
    expected,
    bytes: (to - from) * 100,
    priority: 0,
  }))
  const { status } = await tool('', { indexes, items: planned, complete: true })
  if (status !== 204) throw new Error(`the plan is answered ${status}`)
  await api.db.query(`update run set phase = 'Running' where id = $1`, [run.id])
}

/** Ends the run as the engine does, with the target's own counts. */
export async function endRun({ api, claim, target }: World): Promise<Run> {
  await api.db.query(`update run set phase = 'Verifying' where id = $1`, [claim.runId])
  for (const name of INDEXES) {
    const count = [...target.documents.keys()].filter((id) => id.startsWith(`${name}/`)).length
    await recordTargetCount(api.db, claim.runId, name, { count })
  }
  return completeHeavyRun(api.db, claim, {})
}

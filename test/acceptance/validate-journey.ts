// What the tests of validation share: a session whose index is moved, and the calls that validate it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rig } from '../rigs/engines.ts'
import { backfillOf, emptyTarget, givenShelf, newName, takeSnapshot } from './backfill-journey.ts'
import { patienceMs } from './faults.ts'
import { expectStatus, type Loose, moveMetadata, type OwnUser, type User } from './journey.ts'

const ENDED = new Set(['Completed', 'CompletedWithErrors', 'Failed', 'Stopped'])

export type Validation = { status: Loose; checks: Loose[]; report: Loose; run: Loose }

/** The calls of one session's validation. */
export function validationOf(user: OwnUser, session: string) {
  const path = `/sessions/${session}/validate`
  const status = (): Promise<Loose> => expectStatus(200, user.call('GET', `${path}/latest_status`))
  const start = (checks: string[], plan: object = {}): Promise<Loose> =>
    expectStatus(202, user.call('POST', `${path}/start`, { checks, plan }))
  const until = async (what: string, is: (status: Loose) => boolean, timeoutMs = patienceMs) => {
    let last: Loose
    for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(150)) {
      last = await status()
      if (is(last)) return last
      if (ENDED.has(last.status)) break
    }
    throw new Error(`the validation never came to ${what}: ${JSON.stringify(last).slice(0, 3_000)}`)
  }
  const ended = () => until('an end', (now) => ENDED.has(now.status))
  return {
    start,
    status,
    until,
    ended,
    /** Starts, waits for the end, and reads everything it left behind. */
    async whole(checks: string[], plan: object = {}): Promise<Validation> {
      const { id } = await start(checks, plan)
      const at = await ended()
      if (at.run.id !== id) throw new Error(`latest_status speaks of ${at.run.id}, not of ${id}`)
      return { status: at, run: at.run, checks: await checksOf(user, id), report: await reportOf(user, at) }
    },
  }
}

export async function checksOf(user: User, run: string): Promise<Loose[]> {
  const checks: Loose[] = []
  for (let cursor = ''; ; ) {
    const page = await expectStatus(200, user.call('GET', `/runs/${run}/items?kind=check&limit=500${cursor}`))
    checks.push(...page.items.map(({ detail }: Loose) => detail.check))
    if (page.next === null) return checks
    cursor = `&cursor=${encodeURIComponent(page.next)}`
  }
}

async function reportOf(user: OwnUser, { artifacts }: Loose): Promise<Loose> {
  const found = artifacts.find(({ name }: Loose) => name === 'validation.json')
  return found ? expectStatus(200, user.call('GET', found.href)) : null
}

/** The check of an id and a scope, or those of an id. */
export const checkOf = ({ checks }: Validation, id: string, scope?: string): Loose =>
  checks.find((check) => check.id === id && (scope === undefined || check.scope === scope))

export const idsAt = ({ checks }: Validation, status: string): string[] =>
  checks.filter((check) => check.status === status).map(({ id, scope }) => `${id} ${scope}`)

/** Snapshot, metadata and backfill of one index, all through the product; drift then leaves out what other suites have. */
export async function moveShelf(
  user: OwnUser,
  rigs: { source: Rig; target: Rig },
  index: string,
  path: string,
): Promise<string> {
  const session = newName('validate')
  const only = { include: [index] }
  await givenShelf(user, session, rigs, path)
  const taken = await takeSnapshot(user, session, [index])
  if (taken.status !== 'Completed') throw new Error(`snapshot: ${JSON.stringify(taken).slice(0, 2_000)}`)
  const own = { templates: only, componentTemplates: only, pipelines: only, allowEmpty: true }
  const moved = await moveMetadata(user, session, { dryRun: false, selection: only, ...own })
  if (moved.status !== 'Completed') throw new Error(`metadata: ${JSON.stringify(moved).slice(0, 2_000)}`)
  const backfill = backfillOf(user, session)
  await backfill.start({ selection: only, workers: 2 })
  const done = await backfill.ended()
  if (done.phase !== 'Completed') throw new Error(`backfill: ${JSON.stringify(done).slice(0, 2_000)}`)
  return session
}

export { emptyTarget }

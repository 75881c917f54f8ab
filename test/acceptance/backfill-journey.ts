// What the tests of a backfill share: a shelf of documents in a source, its snapshot, and the calls that move them.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rig } from '../rigs/engines.ts'
import { targetLines } from '../tools/rfs/load.ts'
import { ask, type Document, noise, openEngine, TruthIndex } from '../tools/snapshot/source-engine.ts'
import { cluster, expectStatus, givenSession, type Loose, type OwnUser, type User } from './journey.ts'

/** A repository of each suite's own: suites share engines, and the product moves no repository to another place. */
export const snapshotRef = { repository: `shelf-${randomUUID().slice(0, 8)}`, snapshot: 'night' }
const properties = {
  n: { type: 'long' },
  text: { type: 'keyword', ignore_above: 32 },
  lines: { type: 'nested', properties: { q: { type: 'double' } } },
}

/** Numbers that a parser would change, text of every kind, nested lists, and routing for every fifth. */
export function aDocument(i: number, note = 'first'): Document {
  const text = JSON.stringify(`${note} "é🦊\n\\ ${noise(i, 20 + (i % 300))}`)
  const body = `{"n":${i},"price":${i}.10,"big":${9007199254740993n + BigInt(i)},"e":1E3,"text":${text},"lines":[{"q":1},{"q":2.50}]}`
  return { id: `id-${i}`, body, ...(i % 5 === 0 ? { routing: `r/${i % 7}` } : {}) }
}

/** An index of `count` documents in three shards and many segments, with updates and deletes. */
export async function fillShelf(rig: Rig, name: string, count: number): Promise<TruthIndex> {
  const source = new TruthIndex(await openEngine(rig), name)
  await source.create({ number_of_shards: 3 }, properties, { dynamic: false })
  for (let at = 0; at < count; at += 500) {
    await source.bulk(Array.from({ length: Math.min(500, count - at) }, (_, i) => aDocument(at + i)))
    if (at > 0) await source.bulk(Array.from({ length: 60 }, (_, i) => aDocument(i * 3, `again ${at}`)))
    await source.refresh()
  }
  // Ids without routing: a delete looks for them where they are.
  await source.remove(Array.from({ length: 200 }, (_, i) => `id-${i * 5 + 1}`))
  await source.flush()
  return source
}

/** `id|routing|sha256` of every document that was indexed, sorted. */
export const truthOf = (source: TruthIndex) =>
  source
    .lines()
    .map((line) => line.slice(line.indexOf('|') + 1))
    .sort()

/** A session between the two rigs, over the repository at `path`. */
export async function givenShelf(
  user: User,
  session: string,
  rigs: { source: Rig; target: Rig },
  path: string,
) {
  await givenSession(user, session, {
    source: cluster(rigs.source.url),
    target: cluster(rigs.target.url),
    repositories: { [snapshotRef.repository]: { type: 'fs', path } },
  })
}

/** Makes the index on the target anew, as metadata migration would. */
export async function emptyTarget(target: Rig, name: string, changed: object = {}): Promise<void> {
  await fetch(`${target.url}/${name}`, { method: 'DELETE' })
  await ask(target.url, 'PUT', `/${name}`, {
    settings: { number_of_shards: 2, number_of_replicas: 0 },
    mappings: { dynamic: false, properties: { ...properties, ...changed } },
  })
}

export const newName = (kind: string) => `${kind}-${randomUUID().slice(0, 8)}`

export type Backfill = ReturnType<typeof backfillOf>

/** The verbs of one session's backfill. */
export function backfillOf(user: Pick<User, 'call'>, session: string, ref = snapshotRef) {
  const path = `/sessions/${session}/backfill`
  const status = (): Promise<Loose> => expectStatus(200, user.call('GET', `${path}/status`))
  const until = async (
    what: string,
    is: (status: Loose) => boolean,
    timeoutMs = Number(process.env.MA_TEST_FAULT_DOCUMENTS || 0) + 180_000,
  ) => {
    let last: Loose
    for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(200)) {
      // The product may be on its way down or up.
      last = await status().catch((error: unknown) => ({ phase: 'away', error: String(error) }))
      if (is(last)) return last
      if (ENDED.has(last.phase)) break
    }
    throw new Error(`the backfill never came to ${what}: ${JSON.stringify(last).slice(0, 3_000)}`)
  }
  return {
    start: (plan: object = {}): Promise<Loose> =>
      expectStatus(202, user.call('POST', `${path}/start`, { snapshotRef: ref, plan })),
    verb: (name: string, body: object = {}): Promise<Loose> =>
      expectStatus(202, user.call('POST', `${path}/${name}`, body)),
    failed: (): Promise<Loose> => expectStatus(200, user.call('GET', `${path}/failed_documents`)),
    status,
    until,
    ended: (timeoutMs?: number) => until('an end', ({ phase }) => ENDED.has(phase), timeoutMs),
    written: (documents: number) =>
      until(`${documents} documents`, ({ progress }) => (progress?.documents.done ?? 0) >= documents),
  }
}

const ENDED = new Set(['Completed', 'CompletedWithErrors', 'Failed', 'Stopped'])

/** What is in one and not in the other; nothing where the target holds exactly the truth. */
export async function lacking(target: Rig, name: string, truth: string[]) {
  const found = await targetLines(target.url, name)
  const [there, wanted] = [new Set(found), new Set(truth)]
  return {
    missing: truth.filter((line) => !there.has(line)).slice(0, 5),
    unknown: found.filter((line) => !wanted.has(line)).slice(0, 5),
    count: found.length,
  }
}

/** Takes the snapshot through the product. */
export async function takeSnapshot(user: OwnUser, session: string, include: string[]): Promise<Loose> {
  const body = { ...snapshotRef, selection: { include } }
  await expectStatus(202, user.call('POST', `/sessions/${session}/snapshot/start`, body))
  for (let polls = 0; polls < 600; polls++) {
    const status = await expectStatus(200, user.call('GET', `/sessions/${session}/snapshot/status`))
    if (ENDED.has(status.status)) return status
    await sleep(200)
  }
  throw new Error('the snapshot does not end')
}

// A shelf of documents, its snapshot, and sessions that move it: what the suites on Kubernetes begin with.
import { join } from 'node:path'
import {
  type Backfill,
  backfillOf,
  emptyTarget,
  fillShelf,
  givenShelf,
  newName,
  snapshotRef,
  takeSnapshot,
  truthOf,
} from '../acceptance/backfill-journey.ts'
import { expectStatus, type Loose, type OwnUser } from '../acceptance/journey.ts'
import type { Rig } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'

export type Shelf = { index: string; truth: string[]; ends: { source: Rig; target: Rig }; path: string }

/** Documents in the source, taken into a snapshot once. */
export async function givenSnapshot(user: OwnUser, ends: Shelf['ends'], documents: number): Promise<Shelf> {
  const index = newName('shelf')
  const truth = truthOf(await fillShelf(ends.source, index, documents))
  const path = join(ends.source.repo, index)
  const session = newName('snapshot')
  await givenShelf(user, session, ends, path)
  const taken = await takeSnapshot(user, session, [index])
  if (taken.status !== 'Completed') throw new Error(`the snapshot ended ${taken.status}`)
  return { index, truth, ends, path }
}

/** Takes the documents away, and the name under which the source knew the repository: the next shelf lies elsewhere. */
export async function removeShelf({ index, ends: { source, target } }: Shelf): Promise<void> {
  const repository = `migration-assistant-${snapshotRef.repository}`
  await Promise.all([wipe(source, index), wipe(target, index), wipe(source, repository)])
}

export type Move = { session: string; backfill: Backfill; run: Loose; issues(): Promise<Loose[]> }

/** Starts a backfill of the shelf into an empty target, in a session of its own. */
export async function startMove(user: OwnUser, shelf: Shelf, plan: object = {}): Promise<Move> {
  const session = newName('move')
  await givenShelf(user, session, shelf.ends, shelf.path)
  await emptyTarget(shelf.ends.target, shelf.index)
  const backfill = backfillOf(user, session)
  const run = await backfill.start({ selection: { include: [shelf.index] }, ...plan })
  const issues = async () =>
    (await expectStatus(200, user.call('GET', `/runs/${run.id}/issues?limit=200`))).items
  return { session, backfill, run, issues }
}

/** Slow enough that a test may do something meanwhile. */
export const slowly = (documents: number) => ({ rateLimit: { documents, bytes: null }, batchBytes: 20_000 })

// The snapshot before it is relied upon: whole, readable to its last file, in formats we know, with its sources.

import type { ShardFiles } from '../../lucene/lucene-file.ts'
import { RepositoryError } from '../../lucene/repository-error.ts'
import { inParallel } from '../../metadata/pool.ts'
import { findSourceKind } from '../../snapshot/source-kind.ts'
import type { OpenSnapshot, Work } from '../work.ts'
import { AT_ONCE } from '../work.ts'
import { type Answer, ask } from './ask.ts'

type Seen = { blobs: Answer[]; codecs: Answer[]; sources: Answer[]; shards: number }

/** `names`: the indexes that are meant and that the snapshot holds. */
export async function checkSnapshot(
  work: Work,
  opened: OpenSnapshot,
  names: readonly string[],
): Promise<void> {
  const { info } = opened.snapshot
  await ask(work, 'preflight.snapshot_state', `The snapshot "${info.name}" is whole`, () =>
    stateOf(opened, names),
  )
  const seen: Seen = { blobs: [], codecs: [], sources: [], shards: 0 }
  await inParallel(names, AT_ONCE, work.signal, (name) => look(work, opened, name, seen))
  work.signal.throwIfAborted()
  const shards = `${seen.shards} shards of ${names.length} indexes`
  await ask(
    work,
    'preflight.snapshot_files',
    `All files of ${shards} are there, as long as they should be`,
    () => seen.blobs,
  )
  await ask(work, 'preflight.snapshot_codecs', `The formats of ${shards} are known`, () => seen.codecs)
  await ask(
    work,
    'preflight.source_kept',
    `${names.length} indexes keep their documents as they were indexed`,
    () => seen.sources,
  )
}

function stateOf({ snapshot: { info } }: OpenSnapshot, names: readonly string[]): Answer[] {
  const failures = info.failures.filter(({ index }) => names.includes(index))
  const evidence = { state: info.state, failures: info.failures.slice(0, 100), reason: info.reason }
  if (info.state === 'SUCCESS' && info.failures.length === 0) return []
  if (info.state === 'PARTIAL' && failures.length === 0)
    return [
      {
        status: 'warn',
        message: `The snapshot "${info.name}" is partial, but holds all shards of the indexes that are meant`,
        evidence,
      },
    ]
  const remedy = 'Take a new snapshot, or leave out the indexes whose shards it does not hold.'
  return [
    {
      status: 'fail',
      message: `The snapshot "${info.name}" is ${info.state}: ${failures.length} shards that are meant are not in it`,
      evidence,
      remedy,
    },
  ]
}

async function look(
  { signal }: Work,
  { repository, snapshot }: OpenSnapshot,
  name: string,
  seen: Seen,
): Promise<void> {
  const scope = `index:${name}`
  try {
    const metadata = await repository.indexMetadata(snapshot, name, signal)
    const { kind, warnings } = findSourceKind(metadata)
    if (kind !== 'enabled' || warnings.length > 0)
      seen.sources.push({
        status: kind === 'enabled' ? 'warn' : 'fail',
        scope,
        message: `The _source of "${name}" is ${kind}: its documents cannot be moved as they were indexed`,
        evidence: { kind, findings: warnings },
        remedy: 'Leave the index out of the selection, and index it anew from where its documents came from.',
      })
    for (let shard = 0; shard < metadata.shards; shard++) {
      if (snapshot.info.failures.some((failed) => failed.index === name && failed.shard === shard)) continue
      seen.shards++
      await checkFiles(await repository.shardFiles(snapshot, name, shard, signal), signal)
      // Opening reads the commit and the head of every segment: an unknown format is met here, not in the night.
      await repository.shard(snapshot, metadata, shard, signal)
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof RepositoryError)) throw error
    const { code, message, remedy } = error
    const answer: Answer = {
      status: 'fail',
      scope,
      message,
      evidence: error.toJSON(),
      remedy: remedy ?? 'Take a new snapshot.',
    }
    if (['codec_unknown', 'format_newer', 'format_unsupported'].includes(code)) seen.codecs.push(answer)
    else seen.blobs.push(answer)
  }
}

/** The last bytes of every file: a blob that is missing or cut short has none there. */
async function checkFiles(files: ShardFiles, signal: AbortSignal): Promise<void> {
  await inParallel([...files.values()], 4, signal, async (file) => {
    const tail = Math.min(16, file.length)
    if (tail > 0) await file.read(file.length - tail, tail, signal)
  })
}

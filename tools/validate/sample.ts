// Some documents of every index, chosen so that a rerun takes the same, compared byte for byte in canonical form.
import { createHash } from 'node:crypto'
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { failureOf } from '../../shared/cluster/expect-json.ts'
import { encodeIndex } from '../../shared/cluster/path.ts'
import type { Check } from '../../shared/domain/run.ts'
import type { ShardReader } from '../lucene/shard.ts'
import { inParallel } from '../metadata/pool.ts'
import { ToolFailure } from '../rfs/failure.ts'
import { refresh } from '../rfs/target.ts'
import { type DocumentTransform, openTransform } from '../rfs/transform-documents.ts'
import { type Matched, match } from './match.ts'
import { type SourceDocument, throughTransform } from './read-source.ts'
import { SearchAnswer } from './search-answer.ts'
import type { Subject, Subjects } from './subjects.ts'
import type { OpenSnapshot, Work } from './work.ts'

const AT_ONCE = 4
const BATCH = 200
const SHOWN = 20
/** The same sample for the same index, whoever asks. */
const SEED = 'migration-assistant'

export async function checkSample(work: Work, { all, snapshot }: Subjects): Promise<void> {
  const { assignment, findings, report, signal } = work
  const transform = openTransform(assignment.backfill?.plan.transforms ?? [])
  let done = 0
  try {
    await inParallel(all, AT_ONCE, signal, async (subject) => {
      try {
        findings.add(await sampleOne(work, subject, snapshot, transform))
      } catch (error) {
        signal.throwIfAborted()
        findings.unknown(
          'sample.documents',
          `index:${subject.name}`,
          'The sample could not be compared',
          error,
        )
      }
      const message = `Sampling ${subject.name}`
      report.progress({ done: ++done, total: all.length, unit: 'indexes', message })
    })
    signal.throwIfAborted()
  } finally {
    await transform?.close()
  }
}

async function sampleOne(
  work: Work,
  subject: Subject,
  snapshot: OpenSnapshot | null,
  transform: DocumentTransform | null,
): Promise<Check> {
  const { target, signal } = work
  const { name, targetName } = subject
  if (subject.target === null)
    throw new ToolFailure('index_missing', `The target has no index "${targetName}"`, {
      remedy: 'Migrate the metadata of the index, then its documents.',
    })
  const taken = await takeSample(work, subject, snapshot)
  const documents: SourceDocument[] = []
  for await (const document of throughTransform(transform, name, taken)) documents.push(document)
  await refresh(target, [targetName], signal)
  const rejected = (await work.rejected()).get(name) ?? new Set<string>()
  const matched: Matched[] = []
  for (let at = 0; at < documents.length; at += BATCH) {
    const place = { client: target, index: name, targetIndex: targetName, rejected, signal }
    matched.push(...(await match(place, documents.slice(at, at + BATCH))))
  }
  return judge(name, matched)
}

function judge(index: string, matched: Matched[]): Check {
  const differences = matched.flatMap(({ difference }) => (difference === null ? [] : [difference]))
  const isSame = differences.length === 0
  const evidence = {
    compared: matched.length,
    equal: matched.length - differences.length,
    differences: differences.slice(0, SHOWN),
  }
  return {
    id: 'sample.documents',
    severity: isSame ? 'info' : 'error',
    scope: `index:${index}`,
    status: matched.length === 0 ? 'skipped' : isSame ? 'pass' : 'fail',
    message:
      matched.length === 0
        ? `"${index}" has no document to compare`
        : isSame
          ? `${matched.length} documents of "${index}", chosen by hash, are the same on the target`
          : `${differences.length} of ${matched.length} documents of "${index}" are not the same on the target`,
    evidence,
    remedy: isSame ? null : 'Compare all documents of the index to see every difference.',
  }
}

/** From the snapshot where it holds the index, else from the source as it is now. */
async function takeSample(
  { assignment, source, signal }: Work,
  subject: Subject,
  snapshot: OpenSnapshot | null,
): Promise<SourceDocument[]> {
  const { sampleSize } = assignment.plan
  if (snapshot !== null && subject.inSnapshot) return fromSnapshot(snapshot, subject.name, sampleSize, signal)
  if (source !== null && subject.source?.open === true)
    return fromSource(source, subject.name, sampleSize, signal)
  throw new ToolFailure(
    'no_source',
    `Neither a snapshot nor the source has the documents of "${subject.name}"`,
    {
      remedy: 'Take a snapshot, or open the index on the source.',
    },
  )
}

/** Places in the shards that a hash of their number names; each gives the first live document at or after it. */
async function fromSnapshot(
  { repository, snapshot }: OpenSnapshot,
  name: string,
  size: number,
  signal: AbortSignal,
): Promise<SourceDocument[]> {
  const metadata = await repository.indexMetadata(snapshot, name, signal)
  const sample = new Map<string, SourceDocument>()
  for (let shard = 0; shard < metadata.shards; shard++) {
    const reader = await repository.shard(snapshot, metadata, shard, signal)
    const total = reader.segments.reduce((sum, { maxDoc }) => sum + maxDoc, 0)
    const share = Math.ceil(size / metadata.shards)
    const places = Array.from({ length: Math.min(share, total) }, (_, n) => placeOf(name, shard, n, total))
    for (const place of [...new Set(places)].sort((a, b) => a - b)) {
      const document = await documentAt(reader, place, signal)
      if (document !== null) sample.set(JSON.stringify([document.id, document.routing ?? null]), document)
    }
  }
  return [...sample.values()].slice(0, size)
}

function placeOf(index: string, shard: number, n: number, total: number): number {
  const hash = createHash('sha256').update(`${SEED}/${index}/${shard}/${n}`).digest()
  return Number(hash.readBigUInt64BE() % BigInt(total))
}

async function documentAt(
  reader: ShardReader,
  place: number,
  signal: AbortSignal,
): Promise<SourceDocument | null> {
  let from = place
  for (const { name: segment, maxDoc } of reader.segments) {
    if (from >= maxDoc) {
      from -= maxDoc
      continue
    }
    for await (const { documents } of reader.documents({ segment, from, verify: false, signal })) {
      const [first] = documents
      if (first === undefined) continue
      const { id, routing, source } = first
      return { id, routing, source: source === null ? null : new Uint8Array(source) }
    }
    from = 0
  }
  return null
}

/** By a score that a seed and the sequence number make: the same documents while nothing is written. */
async function fromSource(
  client: ClusterClient,
  index: string,
  size: number,
  signal: AbortSignal,
): Promise<SourceDocument[]> {
  const score = { seed: 7, field: '_seq_no' }
  const query = { function_score: { query: { match_all: {} }, random_score: score, boost_mode: 'replace' } }
  const request = {
    method: 'POST' as const,
    path: `/${encodeIndex(index)}/_search`,
    body: JSON.stringify({ size, query }),
    signal,
    idempotent: true,
    timeoutMs: 120_000,
    maxBytes: 1 << 30,
  }
  const response = await client.send(request)
  if (response.status !== 200) throw failureOf(client, request, response)
  const documents: SourceDocument[] = []
  const { timedOut, shards } = SearchAnswer.read(response.bytes, null, ({ id, routing, source }) =>
    documents.push({ id: id.toString(), routing, source }),
  )
  if (timedOut || shards.failed > 0)
    throw new ToolFailure('partial_answer', `The source answered only in part for "${index}"`, {
      evidence: { timedOut, shards },
      remedy: 'Look at the health of the source.',
    })
  return documents
}

// Which `index-N` speaks for a repository.
import * as v from 'valibot'
import { RepositoryError } from '../lucene/repository-error.ts'
import { parseJson } from './blob-codec.ts'
import type { BlobStore } from './blob-store.ts'
import { parseRepositoryData, type RepositoryData } from './repository-data.ts'

export type NewestTable = { data: RepositoryData; generation: number; warnings: string[] }

/**
 * The highest `index-N` that can be read. `index.latest` is only a hint, except where it names a table that is gone:
 * what is left is then an older state whose files may be gone too.
 */
export async function readNewestTable(blobs: BlobStore, signal?: AbortSignal): Promise<NewestTable> {
  const tables = await listGenerations(blobs, signal)
  const latest = await readLatest(blobs, signal)
  const [highest] = tables
  if (highest === undefined) throw await nothingHere(blobs, latest, signal)
  if (latest !== null && latest > highest)
    throw new RepositoryError(
      'repository_inconsistent',
      `index.latest names index-${latest}, but the highest table in the repository is index-${highest}`,
      {
        file: `index-${latest}`,
        expected: latest,
        found: highest,
        remedy: 'Copy the whole repository again while no snapshot is taken or deleted',
      },
    )
  const warnings: string[] = []
  if (latest !== null && latest < highest)
    warnings.push(`index.latest names index-${latest}, the newer index-${highest} is used`)
  for (const generation of tables) {
    const file = `index-${generation}`
    try {
      const data = parseRepositoryData(file, await blobs.read(file, { signal }))
      return { data, generation, warnings }
    } catch (error) {
      const next = tables[tables.indexOf(generation) + 1]
      const damaged =
        error instanceof RepositoryError && ['corrupt', 'blob_missing', 'blob_truncated'].includes(error.code)
      if (!damaged || next === undefined) throw error
      warnings.push(`${error.message}; the older index-${next} is used`)
    }
  }
  throw new RepositoryError('repository_inconsistent', 'No table of contents can be read')
}

/** Highest first. */
async function listGenerations(blobs: BlobStore, signal?: AbortSignal): Promise<number[]> {
  const names = await blobs.list('index-', signal)
  return names
    .map(({ name }) => /^index-(\d{1,15})$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => b - a)
}

/** 8 bytes, big-endian. Null where there is no such file or it is not that. */
async function readLatest(blobs: BlobStore, signal?: AbortSignal): Promise<number | null> {
  const bytes = await blobs.read('index.latest', { signal }).catch((error: unknown) => {
    if (error instanceof RepositoryError && error.code === 'blob_missing') return null
    throw error
  })
  if (bytes?.length !== 8) return null
  const value = Buffer.from(bytes).readBigUInt64BE()
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : null
}

async function nothingHere(
  blobs: BlobStore,
  latest: number | null,
  signal?: AbortSignal,
): Promise<RepositoryError> {
  if (latest !== null)
    return new RepositoryError(
      'repository_inconsistent',
      `index.latest names index-${latest}, which is gone`,
      {
        file: `index-${latest}`,
        remedy: 'Copy the whole repository again while no snapshot is taken or deleted',
      },
    )
  const old = await blobs.list('index', signal)
  if (old.some(({ name }) => name === 'index'))
    return new RepositoryError('format_unsupported', 'The repository was written by Elasticsearch before 5', {
      file: 'index',
      remedy: 'Take the snapshot with Elasticsearch 5 or later',
    })
  return new RepositoryError('repository_not_found', `There is no snapshot repository in ${blobs.location}`, {
    file: 'index-N',
    remedy: 'Check the path: the folder of a repository holds index.latest and index-N',
  })
}

const Incompatible = v.looseObject({
  'incompatible-snapshots': v.array(v.union([v.string(), v.looseObject({ name: v.string() })])),
})

/** Names in `incompatible-snapshots` (Elasticsearch 5.5 to 7): listed by the repository, readable by nobody. */
export async function readIncompatible(blobs: BlobStore, signal?: AbortSignal): Promise<string[]> {
  const file = 'incompatible-snapshots'
  const bytes = await blobs.read(file, { signal }).catch((error: unknown) => {
    if (error instanceof RepositoryError && error.code === 'blob_missing') return null
    throw error
  })
  if (!bytes) return []
  const parsed = v.safeParse(Incompatible, parseJson(file, bytes))
  if (!parsed.success) return []
  return parsed.output['incompatible-snapshots'].map((item) => (typeof item === 'string' ? item : item.name))
}

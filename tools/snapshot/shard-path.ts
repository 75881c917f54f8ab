// Where OpenSearch 3 puts the files of a shard: a hash may stand before or inside the path.

import * as v from 'valibot'
import { corrupt, RepositoryError } from '../lucene/repository-error.ts'
import { parseJson } from './blob-codec.ts'
import type { BlobStore } from './blob-store.ts'
import type { IndexEntry } from './repository-data.ts'

const FIXED = 0
const HASHED_PREFIX = 1
const HASHED_INFIX = 2

const Paths = v.looseObject({ indexId: v.string(), paths: v.array(v.string()) })

/**
 * The folders of an index's shards, each with a slash at its end, for those kept behind a hash; null for the fixed
 * place `indices/<id>/<shard>/`. OpenSearch writes them down in `snapshot_shard_paths`; where that file is gone they
 * are computed. Throws `format_newer` for a path type that is not known.
 */
export async function shardFolders(
  blobs: BlobStore,
  index: IndexEntry,
  signal?: AbortSignal,
): Promise<((shard: number) => string) | null> {
  if (index.shardPathType === FIXED) return null
  if (index.shardPathType !== HASHED_PREFIX && index.shardPathType !== HASHED_INFIX)
    throw new RepositoryError('format_newer', `Index "${index.name}" keeps its shards in an unknown way`, {
      expected: 'shard_path_type 0, 1 or 2',
      found: index.shardPathType,
      remedy: 'Use a newer release of Migration Assistant',
    })
  const written = await readPaths(blobs, index, signal)
  return (shard) => {
    const path = written?.[shard]
    return path === undefined ? computed(blobs, index, shard) : blobs.rooted(`${path.replace(/\/+$/, '')}/`)
  }
}

/** One file per number of shards the index ever had; the one that lists the most holds all the others. */
async function readPaths(
  blobs: BlobStore,
  index: IndexEntry,
  signal?: AbortSignal,
): Promise<string[] | null> {
  const files = await blobs.list(`snapshot_shard_paths/snapshot_path_${index.id}.`, signal)
  let longest: string[] | null = null
  for (const { name } of files) {
    const parsed = v.safeParse(Paths, parseJson(name, await blobs.read(name, { signal })))
    if (!parsed.success || parsed.output.indexId !== index.id)
      throw corrupt(name, 'it does not list the paths of shards')
    if (parsed.output.paths.length > (longest?.length ?? 0)) longest = parsed.output.paths
  }
  return longest
}

function computed(blobs: BlobStore, index: IndexEntry, shard: number): string {
  const path = `indices/${index.id}/${shard}/`
  const hash = compositeHash(`${shard}${index.id}`)
  if (index.shardPathType === HASHED_INFIX) return `${hash}/${path}`
  return blobs.rooted([hash, blobs.prefix, path].filter(Boolean).join('/'))
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** FNV_1A_COMPOSITE_1: 64-bit FNV-1a; its top 6 bits as a base64url letter, the next 14 as binary digits. */
export function compositeHash(text: string): string {
  const bits = fnv1a(text).toString(2).padStart(64, '0')
  return `${ALPHABET[Number.parseInt(bits.slice(0, 6), 2)] ?? ''}${bits.slice(6, 20)}`
}

function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(text))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash
}

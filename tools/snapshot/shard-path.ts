// Where OpenSearch 3 puts the files of a shard: a hash may stand before or inside the path.

import { RepositoryError } from '../lucene/repository-error.ts'
import type { BlobStore } from './blob-store.ts'
import type { IndexEntry } from './repository-data.ts'

const FIXED = 0
const HASHED_PREFIX = 1
const HASHED_INFIX = 2

/** The folder of a shard, with a slash at its end. Throws `format_newer` for a path type that is not known. */
export function shardFolder(blobs: BlobStore, index: IndexEntry, shard: number): string {
  const path = `indices/${index.id}/${shard}/`
  if (index.shardPathType === FIXED) return path
  const hash = compositeHash(`${index.id}${shard}`)
  if (index.shardPathType === HASHED_PREFIX) return `${blobs.hashed(hash, path.slice(0, -1))}/`
  if (index.shardPathType === HASHED_INFIX) return `${hash}/${path}`
  throw new RepositoryError('format_newer', `Index "${index.name}" keeps its shards in an unknown way`, {
    expected: 'shard_path_type 0, 1 or 2',
    found: index.shardPathType,
    remedy: 'Use a newer release of Migration Assistant',
  })
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

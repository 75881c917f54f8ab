// From the values that a snapshot's files decode to, to JSON as this tool keeps it.
import { RepositoryError } from '../lucene/repository-error.ts'
import { decodeBody } from '../snapshot/blob-codec.ts'
import { isObject, type Json, type JsonObject, rawNumber } from './json.ts'

/**
 * Big integers become raw JSON, so that no digit is lost; bytes are what some versions compress parts of a body into,
 * and are decoded. `file` is named where they cannot be. Throws `corrupt`.
 */
export function toJson(file: string, value: unknown): Json {
  if (typeof value === 'bigint') return rawNumber(String(value))
  if (value instanceof Uint8Array) return toJson(file, decodeBody(file, value))
  if (Array.isArray(value)) return value.map((element) => toJson(file, element))
  if (typeof value === 'object' && value !== null) return toJsonObject(file, value)
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value
  return null
}

export function toJsonObject(file: string, value: unknown): JsonObject {
  const plain = value instanceof Uint8Array ? decodeBody(file, value) : value
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain))
    throw new RepositoryError('corrupt', `${file} is not an object`, {
      file,
      remedy: 'Take a new snapshot, or choose an older one',
    })
  return Object.fromEntries(Object.entries(plain).map(([key, member]) => [key, toJson(file, member)]))
}

/** The mapping below its one type name, which snapshots keep also where the API no longer shows it. */
export function withoutType(mappings: JsonObject): JsonObject {
  const [only, ...others] = Object.values(mappings)
  return isObject(only) && others.length === 0 ? only : mappings
}

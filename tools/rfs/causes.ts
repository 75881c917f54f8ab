// Failed documents grouped by what went wrong: the same cause in other words of ids, numbers and values is one.
import { createHash } from 'node:crypto'

const MAX_LENGTH = 300

/** The reason without what differs from document to document. */
export function normaliseCause(reason: string): string {
  return (
    reason
      .slice(0, 2_000)
      // An apostrophe after a letter quotes nothing.
      .replace(/(?<![A-Za-z])(['"])(?:\\.|(?!\1)[^\\])*\1/g, '<value>')
      .replace(/\[[^[\]]*\]/g, (found) => (/^\[[a-z_.]+\]$/.test(found) ? found : '[<value>]'))
      .replace(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '<id>')
      .replace(/\b[A-Za-z0-9_-]{20,}\b/g, (found) => (/\d/.test(found) ? '<id>' : found))
      .replace(/-?\b\d[\d.,:]*(?:[eE][+-]?\d+)?\b/g, '<n>')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, MAX_LENGTH)
  )
}

const remedies: [type: RegExp, remedy: string][] = [
  [
    /mapper_parsing|strict_dynamic|illegal_argument|document_parsing/,
    'Change the mapping of the target index, or the documents by a transform, then retry the failed documents.',
  ],
  [/^too_large$/, 'Raise http.max_content_length of the target up to the size of the document, then retry.'],
  [
    /^id_collision$/,
    'Two documents of the source have one id here. Give one of them another id by a transform, or its type an index of its own.',
  ],
  [/^source_/, 'The document has no source that can be sent. Index it anew from where it came from.'],
  [/^transform_/, 'Change the transform, then retry the failed documents.'],
]

export function remedyOf(errorType: string): string | null {
  return remedies.find(([type]) => type.test(errorType))?.[1] ?? null
}

export type Cause = {
  key: string
  targetIndex: string
  errorType: string
  cause: string
  count: number
  example: { id: string; reason: string }
}

export type Failed = { targetIndex: string; errorType: string; reason: string; id: string }

/** More distinct causes than this are one: the rest. */
const MOST_CAUSES = 200

/** Counts by cause, and which of them changed since they were last told. */
export class Causes {
  readonly #causes = new Map<string, Cause>()
  readonly #changed = new Set<Cause>()

  /** Gives the key of its group: the given one, else the one of its cause. */
  add({ targetIndex, errorType, reason, id }: Failed, given?: string): string {
    const normal = normaliseCause(reason)
    const key = given ?? this.#keyOf(targetIndex, errorType, normal)
    const known = this.#causes.get(key)
    const cause = known ?? {
      key,
      targetIndex,
      errorType,
      cause: normal,
      count: 0,
      example: { id, reason: reason.slice(0, 1_000) },
    }
    cause.count++
    this.#causes.set(key, cause)
    this.#changed.add(cause)
    return key
  }

  /** Those that grew since the last call. */
  changed(): Cause[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  #keyOf(targetIndex: string, errorType: string, cause: string): string {
    const key = keyOf(targetIndex, errorType, cause)
    return this.#causes.has(key) || this.#causes.size < MOST_CAUSES
      ? key
      : hash(`${targetIndex}\n${errorType}`)
  }
}

/** The key of a group, the same wherever and whenever its documents fail. `cause` is normalised. */
export function keyOf(targetIndex: string, errorType: string, cause: string): string {
  return hash(`${targetIndex}\n${errorType}\n${cause}`)
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

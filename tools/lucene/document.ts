// One document's stored fields: find the few that matter, step over the rest.
import type { FieldInfo } from './field-infos.ts'
import { corrupt } from './repository-error.ts'
import { type SourceFormat, sniffSource } from './source-format.ts'
import { decodeId, splitUid } from './uid.ts'

/** A live document. `source` is a view into a buffer that is reused: use it before the next batch is asked for. */
export type StoredDocument = {
  /** Number within the segment. */
  doc: number
  id: string
  /** Only where `_uid` is stored, i.e. in indexes created before Elasticsearch 6. */
  type?: string
  routing?: string
  /** The bytes as they were indexed; null where there are none, or more than the reader was told to hold. */
  source: Uint8Array | null
  sourceFormat: SourceFormat | 'too_large'
  /** In bytes, also of a source that is too large. */
  sourceLength: number
}

export const Role = { none: 0, id: 1, source: 2, routing: 3, uid: 4, parent: 5 } as const

const roles: Record<string, number> = {
  _id: Role.id,
  _source: Role.source,
  _routing: Role.routing,
  _uid: Role.uid,
  _parent: Role.parent,
}

/** Role by field number. */
export function fieldRoles(fields: readonly FieldInfo[]): Uint8Array {
  const highest = fields.reduce((most, field) => Math.max(most, field.number), 0)
  const byNumber = new Uint8Array(Math.min(highest + 1, 1 << 20))
  for (const { name, number } of fields)
    byNumber[number] = Object.hasOwn(roles, name) ? (roles[name] ?? 0) : 0
  return byNumber
}

/** Kinds of stored values: the low 3 bits before each. */
export const Kind = { string: 0, bytes: 1, int: 2, float: 3, long: 4, double: 5 } as const

/**
 * Parses documents in place. One instance per segment; its fields are the slots of the document parsed last, so that
 * a document costs no allocation until it is known to be wanted.
 */
export class DocumentParser {
  readonly #file: string
  readonly #roles: Uint8Array
  #pos = 0
  #idKind = 0
  readonly #from = new Float64Array(6)
  readonly #to = new Float64Array(6)

  constructor(file: string, fields: readonly FieldInfo[]) {
    this.#file = file
    this.#roles = fieldRoles(fields)
  }

  /**
   * Parses the `count` stored fields of document `doc` in `bytes[start, end)`. Returns null for a document without
   * an id of its own: a nested child, whose parent's `_source` already holds it.
   */
  parse(bytes: Buffer, start: number, end: number, count: number, doc: number): StoredDocument | null {
    return this.#parse(bytes, start, end, count, doc, 0, 0)
  }

  /**
   * The same for a document of `length` bytes of which only the first and last `edge` are kept, side by side in
   * `bytes`: the one value that reaches over the gap is stepped over.
   */
  parseAround(
    bytes: Buffer,
    edge: number,
    length: number,
    count: number,
    doc: number,
  ): StoredDocument | null {
    return this.#parse(bytes, 0, edge * 2, count, doc, edge, length - edge * 2)
  }

  #parse(
    bytes: Buffer,
    start: number,
    end: number,
    count: number,
    doc: number,
    edge: number,
    gap: number,
  ): StoredDocument | null {
    const from = this.#from.fill(-1)
    const to = this.#to
    this.#pos = start
    for (let i = 0; i < count; i++) {
      const info = this.#vlong(bytes, end)
      const kind = info & 7
      const role = this.#roles[Math.floor(info / 8)] ?? Role.none
      if (kind > Kind.bytes) this.#skipNumber(bytes, kind, end)
      else {
        const length = this.#vlong(bytes, end)
        const overGap = gap > 0 && this.#pos <= edge && this.#pos + length >= edge + gap
        const stop = this.#pos + length - (overGap ? gap : 0)
        if (stop > end) throw corrupt(this.#file, `a field of document ${doc} runs beyond its end`)
        if (role === Role.id) this.#idKind = kind
        if (role !== Role.none) {
          from[role] = this.#pos
          to[role] = stop
        }
        this.#pos = stop
      }
    }
    if (this.#pos !== end) throw corrupt(this.#file, `the fields of document ${doc} do not fill its bytes`)
    return this.#document(bytes, doc)
  }

  #document(bytes: Buffer, doc: number): StoredDocument | null {
    const from = this.#from
    const to = this.#to
    const at = (role: number) => from[role] ?? -1
    let key: { type?: string; id: string }
    if (at(Role.id) >= 0) {
      const [start, end] = [at(Role.id), to[Role.id] ?? 0]
      key = {
        id: this.#idKind === Kind.bytes ? decodeId(bytes, start, end) : bytes.toString('utf8', start, end),
      }
    } else if (at(Role.uid) >= 0) key = splitUid(bytes.toString('utf8', at(Role.uid), to[Role.uid]))
    else return null

    const document: StoredDocument = {
      doc,
      ...key,
      source: null,
      sourceFormat: 'missing',
      sourceLength: 0,
    }
    // A child of Elasticsearch 5 is routed by its parent unless it says otherwise.
    const routed = at(Role.routing) >= 0 ? Role.routing : Role.parent
    if (at(routed) >= 0) document.routing = bytes.toString('utf8', at(routed), to[routed])
    if (at(Role.source) >= 0) {
      const [start, end] = [at(Role.source), to[Role.source] ?? 0]
      document.source = bytes.subarray(start, end)
      document.sourceFormat = sniffSource(bytes, start, end)
      document.sourceLength = end - start
    }
    return document
  }

  #vlong(bytes: Buffer, end: number): number {
    let value = 0
    let scale = 1
    while (this.#pos < end) {
      const byte = bytes[this.#pos++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
      if (scale > 2 ** 49) break
    }
    throw corrupt(this.#file, `a number within a document is cut short`)
  }

  #skipNumber(bytes: Buffer, kind: number, end: number): void {
    const first = bytes[this.#pos] ?? 0
    if (kind === Kind.int) this.#vlong(bytes, end)
    else if (kind === Kind.float) this.#pos += first === 0xff ? 5 : first >= 0x80 ? 1 : 4
    else if (kind === Kind.double)
      this.#pos += first === 0xff ? 9 : first === 0xfe ? 5 : first >= 0x80 ? 1 : 8
    else if (kind === Kind.long) this.#skipTimestamp(bytes, first, end)
    else throw corrupt(this.#file, `a stored field of the unknown kind ${kind}`)
  }

  /** A long whose first byte holds the unit, 5 bits of value and whether more follow. */
  #skipTimestamp(bytes: Buffer, first: number, end: number): void {
    this.#pos++
    if ((first & 0x20) === 0) return
    while (this.#pos < end && (bytes[this.#pos++] ?? 0) >= 0x80);
  }
}

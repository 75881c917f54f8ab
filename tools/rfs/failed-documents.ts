// Documents that were not written, kept with their cause: NDJSON, gzip, in parts, durable before the checkpoint that
// counts them.
import { gzipSync } from 'node:zlib'
import { failpoint } from '../../shared/domain/failpoint.ts'
import type { Report } from '../../shared/domain/report.ts'
import { type Cause, Causes, type Failed, remedyOf } from './causes.ts'

export type FailedDocument = {
  index: string
  targetIndex: string
  /** Key of the work item (of a retry the first one), and number within its segment: enough to read it again. */
  item: string
  shard: number
  segment: string
  doc: number
  id: string
  routing?: string
  type?: string
  errorType: string
  reason: string
  status: number | null
}

/** Sources above this are not kept twice: the record says where in the snapshot they are. */
const LARGEST_SOURCE = 8 << 20
/** Lines are compressed when this much is pending. */
const PENDING_BYTES = 1 << 20
/** A part is closed when it has this many compressed bytes; until then every flush writes it anew. */
const PART_BYTES = 2 << 20

export class FailedDocuments {
  readonly #worker: string
  readonly #report: Report
  readonly #idsOnly: boolean
  readonly #causes = new Causes()
  #lines: Buffer[] = []
  #lineBytes = 0
  #members: Buffer[] = []
  #part = 1
  #dirty = false
  #flushing: Promise<void> = Promise.resolve()

  constructor(worker: string, report: Report, options: { idsOnly: boolean }) {
    this.#worker = worker
    this.#report = report
    this.#idsOnly = options.idsOnly
  }

  add(failed: FailedDocument, source: Uint8Array | null): void {
    const group = this.#causes.add(failed)
    const kept = this.#idsOnly || source === null ? {} : textOf(source)
    this.#addLine(`${JSON.stringify({ ...failed, group, at: new Date().toISOString(), ...kept })}\n`)
  }

  /** Takes over a record of an earlier run, as it stands there. */
  keep(line: string, failed: Failed, group: string): void {
    this.#causes.add(failed, group)
    this.#addLine(`${line}\n`)
  }

  #addLine(text: string): void {
    const line = Buffer.from(text)
    this.#lines.push(line)
    this.#lineBytes += line.length
    this.#dirty = true
    if (this.#lineBytes >= PENDING_BYTES) this.#compress()
  }

  /** Resolves when every document added before is durable. */
  flush(): Promise<void> {
    const next = this.#flushing.then(() => this.#write())
    this.#flushing = next.catch(() => {})
    return next
  }

  async #write(): Promise<void> {
    if (!this.#dirty) return
    this.#compress()
    this.#dirty = false
    const members = [...this.#members]
    const name = `failed-documents-${this.#worker}-${this.#part}.ndjson.gz`
    const size = members.reduce((sum, member) => sum + member.length, 0)
    try {
      await this.#report.artifact(name, 'application/gzip', toChunks(members))
    } catch (error) {
      this.#dirty = true
      throw error
    }
    failpoint('worker.failed-kept')
    if (size >= PART_BYTES) {
      this.#part++
      this.#members = this.#members.slice(members.length)
    }
    for (const cause of this.#causes.changed()) this.#tell(cause)
  }

  /** Members of one gzip file may follow on one another. */
  #compress(): void {
    if (this.#lines.length === 0) return
    this.#members.push(gzipSync(Buffer.concat(this.#lines), { level: 6 }))
    this.#lines = []
    this.#lineBytes = 0
  }

  #tell({ key, targetIndex, errorType, cause, count, example }: Cause): void {
    this.#report.issue({
      code: 'documents_rejected',
      severity: 'error',
      origin: errorType.startsWith('source_') ? 'source' : 'target',
      retryable: true,
      scope: `index:${targetIndex} cause:${key}`,
      message: `Documents of "${targetIndex}" were not written (${errorType}): ${cause}`,
      evidence: { errorType, cause, worker: this.#worker, documents: count, example },
      remedy: remedyOf(errorType),
    })
  }
}

function textOf(source: Uint8Array): Record<string, unknown> {
  if (source.length > LARGEST_SOURCE) return { sourceOmitted: source.length }
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  const text = bytes.toString('utf8')
  // Bytes that are no text (SMILE, CBOR) survive as base64.
  return Buffer.byteLength(text) === bytes.length && !text.includes('\ufffd')
    ? { source: text }
    : { sourceBase64: bytes.toString('base64') }
}

async function* toChunks(members: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  yield* members
}

// Keeps count of what was told, and tells it: to the report, and in full to a file that becomes an artifact.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ItemReport, Report } from '../../shared/domain/report.ts'
import type { ItemKind, OutcomeCounts } from '../../shared/domain/run.ts'
import { toText } from './json.ts'

const maxBodyBytes = 48 * 1024
const maxChanges = 200
const maxSkippedPerKind = 200

export const itemsArtifact = 'metadata-items.ndjson'

/** The accounts of one execution. */
export class Book {
  readonly items: Record<string, OutcomeCounts> = {}
  readonly rules = new Map<string, number>()
  skippedNotListed = 0
  readonly #report: Report
  readonly #file: WriteStream
  #broken: Error | undefined
  readonly #folder: string
  readonly #skipped = new Map<ItemKind, number>()
  readonly #unlisted = new Map<string, { kind: ItemKind; reason: string; count: number; names: string[] }>()
  #done = 0
  #total = 0

  private constructor(report: Report, folder: string, finished: number) {
    this.#report = report
    this.#folder = folder
    this.#done = finished
    this.#total = finished
    this.#file = createWriteStream(join(folder, itemsArtifact))
    // A full disk costs the file and not the run: the items themselves are told.
    this.#file.on('error', (error) => {
      this.#broken = error
    })
  }

  /** `finished`: items that an execution before a crash had told, so that progress goes on and does not begin anew. */
  static async open(report: Report, finished = 0): Promise<Book> {
    return new Book(report, await mkdtemp(join(tmpdir(), 'metadata-')), finished)
  }

  /** Announces work, so that progress knows its whole. */
  expect(items: number): void {
    this.#total += items
  }

  /** Tells an item for the first time. */
  tell(item: ItemReport): void {
    this.#count(item, 1)
    this.#report.item(cut(item))
    if (item.outcome === 'skipped') return
    this.#done++
    this.#total = Math.max(this.#total, this.#done)
    this.#report.progress({
      done: this.#done,
      total: this.#total,
      unit: 'items',
      message: `${item.kind} ${item.name}`,
    })
  }

  /** Corrects an item that was told before. */
  correct(before: ItemReport, after: ItemReport): void {
    this.#count(before, -1)
    this.#count(after, 1)
    this.#report.item(cut(after))
  }

  /** Nothing is done with it, and it is no part of progress. The first ones of a kind are listed, the rest counted. */
  skip(kind: ItemKind, name: string, reason: string): void {
    const listed = this.#skipped.get(kind) ?? 0
    this.#skipped.set(kind, listed + 1)
    if (listed < maxSkippedPerKind) {
      this.tell(skippedItem(kind, name, reason))
      return
    }
    this.skippedNotListed++
    const key = `${kind}:${reason}`
    const group = this.#unlisted.get(key) ?? { kind, reason, count: 0, names: [] }
    group.count++
    if (group.names.length < 50) group.names.push(name)
    this.#unlisted.set(key, group)
  }

  /** Says how many more were skipped than are listed. */
  tellUnlisted(): void {
    for (const { kind, reason, count, names } of this.#unlisted.values())
      this.#report.issue({
        code: 'skipped_not_listed',
        severity: 'info',
        origin: 'tool',
        retryable: false,
        scope: `${kind}:${reason}`,
        message: `${count} more of kind ${kind} were skipped (${reason}) than are listed`,
        evidence: { count, names },
        remedy: null,
      })
  }

  ruleCounted(rules: Iterable<string>): void {
    for (const rule of rules) this.rules.set(rule, (this.rules.get(rule) ?? 0) + 1)
  }

  /** Keeps finished items in full; waits where the disk is slower. */
  async keep(items: ItemReport[]): Promise<void> {
    for (const item of items) {
      if (this.#broken) return
      if (!this.#file.write(`${toText(item)}\n`)) await this.#drained()
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        this.#file.off('drain', go).off('close', go)
        resolve()
      }
      this.#file.once('drain', go).once('close', go)
    })
  }

  async deliver(): Promise<void> {
    await new Promise<void>((resolve) => this.#file.once('close', resolve).end())
    if (this.#broken) return this.#tellBroken(this.#broken)
    const content = createReadStream(join(this.#folder, itemsArtifact))
    await this.#report.artifact(itemsArtifact, 'application/x-ndjson', content)
  }

  #tellBroken(error: Error): void {
    this.#report.issue({
      code: 'items_file_not_kept',
      severity: 'warning',
      origin: 'control',
      retryable: true,
      scope: null,
      message: `The file of items could not be written: ${error.message}`,
      evidence: {},
      remedy: 'Free some disk space; the items of the run are complete without the file',
    })
  }

  async close(): Promise<void> {
    this.#file.destroy()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #count({ kind, outcome }: ItemReport, by: number): void {
    const counts = this.items[kind] ?? { ok: 0, skipped: 0, warning: 0, failed: 0 }
    counts[outcome] += by
    this.items[kind] = counts
  }
}

function skippedItem(kind: ItemKind, name: string, reason: string): ItemReport {
  return {
    kind,
    name,
    outcome: 'skipped',
    detail: {
      action: 'skip',
      message: reason,
      rules: [],
      changes: [],
      drift: [],
      targetError: null,
      remedy: null,
      attempts: 0,
    },
  }
}

/** A report stays small; what is cut is in the artifact. */
function cut(item: ItemReport): ItemReport {
  const { detail } = item
  const next = { ...detail, before: cutBody(detail.before), after: cutBody(detail.after) }
  if (detail.changes.length > maxChanges) {
    next.changes = detail.changes.slice(0, maxChanges)
    next.message =
      `${detail.message ?? ''} (${detail.changes.length - maxChanges} more changes are in ${itemsArtifact})`.trim()
  }
  return { ...item, detail: next }
}

function cutBody(body: unknown): unknown {
  if (body === undefined) return undefined
  const text = toText(body)
  if (text.length <= maxBodyBytes) return body
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { tooLarge: true, bytes: Buffer.byteLength(text), sha256, artifact: itemsArtifact }
}

import { type LogEntry, type ReportBatch, recordReports } from '../shared/db/reports.ts'
import { recordArtifact } from '../shared/db/run-parts.ts'
import type { Claim } from '../shared/db/runs.ts'
import type {
  ArtifactMediaType,
  IssueReport,
  ItemReport,
  ProgressReport,
  Report,
} from '../shared/domain/report.ts'
import type { LogLevel } from '../shared/domain/run.ts'
import { Problem } from '../shared/problems.ts'
import { redact } from '../shared/redact.ts'
import type { JobContext } from './job.ts'

const FLUSH_MS = 400
const BATCH_ITEMS = 500
const BATCH_LOGS = 1_000
const RETRY_MS = 1_000
/** Postgres away for longer than this ends the slice; the run goes on in the next. */
const PATIENCE_MS = 60_000

type Abort = (reason: 'stop' | 'lost' | 'shutdown') => void

/** The `Report` of a light tool: batched into Postgres, numbered, sent again until it is known to be taken. */
export class PostgresReport implements Report {
  readonly #context: JobContext
  readonly #claim: Claim
  readonly #abort: Abort
  #latest: ProgressReport | null = null
  #items: ItemReport[] = []
  #issues: IssueReport[] = []
  #logs: LogEntry[] = []
  #number = 0
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()
  #failure: unknown

  constructor(context: JobContext, claim: Claim, abort: Abort) {
    this.#context = context
    this.#claim = claim
    this.#abort = abort
  }

  progress(progress: ProgressReport) {
    this.#latest = progress
    this.#wake()
  }

  item(item: ItemReport) {
    this.#items.push(item)
    this.#wake()
  }

  issue(issue: IssueReport) {
    this.#issues.push(issue)
    this.#wake()
  }

  log(level: LogLevel, message: string, fields: Record<string, unknown> = {}) {
    const masked = redact({ message, fields }) as { message: string; fields: Record<string, unknown> } // redact keeps the shape
    this.#logs.push({ at: new Date().toISOString(), level, ...masked })
    this.#wake()
  }

  /** The file is durable before it is recorded. */
  async artifact(name: string, mediaType: ArtifactMediaType, content: AsyncIterable<Uint8Array>) {
    const { db, artifacts } = this.#context
    const written = await artifacts.write(this.#claim.runId, name, content)
    await recordArtifact(db, { runId: this.#claim.runId, name, mediaType, ...written })
  }

  /** Sends what is left; throws where it could not be taken, for then the run is not proven. */
  async close(): Promise<void> {
    while (this.#pending() && this.#failure === undefined) await this.#flush()
    await this.#sending
    clearTimeout(this.#timer)
    if (this.#failure !== undefined) throw this.#failure
  }

  #pending() {
    return this.#latest !== null || this.#items.length + this.#issues.length + this.#logs.length > 0
  }

  #wake() {
    if (this.#items.length >= BATCH_ITEMS) void this.#flush()
    this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MS)
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sending = this.#sending.then(() => this.#send())
    return this.#sending
  }

  async #send(): Promise<void> {
    if (!this.#pending() || this.#failure !== undefined) return
    const batch: ReportBatch = {
      number: ++this.#number,
      progress: this.#latest,
      items: this.#items.splice(0, BATCH_ITEMS),
      issues: this.#issues.splice(0, BATCH_ITEMS),
      logs: this.#logs.splice(0, BATCH_LOGS),
    }
    this.#latest = null
    await this.#deliver(batch)
  }

  async #deliver(batch: ReportBatch): Promise<void> {
    const until = Date.now() + PATIENCE_MS
    for (;;) {
      try {
        if ((await recordReports(this.#context.db, this.#claim, batch)) === 'stop') this.#abort('stop')
        return
      } catch (error) {
        const lost = error instanceof Problem && error.code === 'lease_lost'
        if (lost || Date.now() > until) {
          this.#failure = error
          this.#abort(lost ? 'lost' : 'shutdown')
          return
        }
        this.#context.log.warn('reports were not taken, sending them again', {
          runId: this.#claim.runId,
          error,
        })
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }
}

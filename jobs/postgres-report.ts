import { isAway } from '../shared/db/database.ts'
import { type LogEntry, type ReportBatch, recordReports } from '../shared/db/reports.ts'
import { recordArtifact } from '../shared/db/run-parts.ts'
import { type Claim, renewClaim } from '../shared/db/runs.ts'
import type {
  ArtifactMediaType,
  IssueReport,
  ItemReport,
  ProgressReport,
  Report,
} from '../shared/domain/report.ts'
import type { LogLevel } from '../shared/domain/run.ts'
import { Problem } from '../shared/problems.ts'
import { redactFields } from '../shared/redact.ts'
import type { JobContext } from './job.ts'

const FLUSH_MS = 400
const BATCH_ITEMS = 500
const BATCH_LOGS = 1_000
const RETRY_MS = 1_000
/** Postgres away for longer than this ends the slice; the run goes on in the next. */
const PATIENCE_MS = 60_000

type Abort = (reason: 'stop' | 'lost' | 'shutdown') => void

function notKept(name: string, error: unknown): IssueReport {
  const full = error instanceof Problem && error.code === 'storage_full'
  return {
    code: 'artifact_not_kept',
    severity: 'error',
    origin: 'control',
    retryable: true,
    scope: `artifact:${name}`,
    message: `The file ${name} could not be kept: ${full ? 'the artifact store is full' : 'the artifact store failed'}`,
    evidence: {},
    remedy: full
      ? 'Free some space in the artifact store, and start again to have the file; what is done already is not done twice'
      : 'The log of the jobs process has the cause under the id of this run',
  }
}

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
    this.#logs.push({ at: new Date().toISOString(), level, ...redactFields({ message, fields }) })
    this.#wake()
  }

  /** The file is durable before it is recorded. One that cannot be kept is an issue of the run, not its end. */
  async artifact(name: string, mediaType: ArtifactMediaType, content: AsyncIterable<Uint8Array>) {
    const { db, artifacts, log } = this.#context
    const { runId, epoch } = this.#claim
    try {
      if ((await renewClaim(db, this.#claim)) === 'lost') throw new Problem('lease_lost')
      const written = await artifacts.write(runId, name, content)
      await recordArtifact(db, { runId, name, mediaType, ...written }, epoch)
    } catch (error) {
      if (isAway(error)) throw error
      if (error instanceof Problem && error.code === 'lease_lost') {
        this.#abort('lost')
        throw error
      }
      log.error('artifact was not kept', { runId, name, error })
      this.issue(notKept(name, error))
    }
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

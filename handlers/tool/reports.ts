// POST /runs/:run/reports
import * as v from 'valibot'
import { recordWorkerReports } from '../../shared/db/reports.ts'
import { IssueReport, ItemReport, ProgressReport } from '../../shared/domain/report.ts'
import { LogLevel } from '../../shared/domain/run.ts'
import { WorkerName } from '../../shared/domain/work-item.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { redactFields } from '../../shared/redact.ts'

const LogEntry = v.strictObject({
  at: v.pipe(v.string(), v.isoTimestamp()),
  level: LogLevel,
  message: v.pipe(v.string(), v.maxLength(16_384)),
  fields: v.record(v.string(), v.unknown()),
})
const Body = v.strictObject({
  worker: WorkerName,
  /** Rises by one with every batch of a worker: one that was taken already changes nothing. */
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  progress: v.nullable(ProgressReport),
  items: v.pipe(v.array(ItemReport), v.maxLength(1_000)),
  issues: v.pipe(v.array(IssueReport), v.maxLength(1_000)),
  logs: v.pipe(v.array(LogEntry), v.maxLength(2_000)),
})
const Taken = v.strictObject({ continue: v.boolean() })

/** Takes what a worker tells: items, issues, logs. */
export default route().post(
  '/runs/:run/reports',
  operation({
    id: 'toolReports',
    summary: 'Report on a run',
    access: 'run',
    returns: { 200: Taken },
    problems: ['run_not_found', 'run_not_open', 'body_too_large', 'unsupported_media_type'],
  }),
  body(Body, { limit: 2_097_152 }),
  async (c) => {
    const { db, run } = c.var
    const { worker, ...batch } = c.req.valid('json')
    const logs = batch.logs.map((line) => ({ ...line, ...redactFields(line) }))
    await recordWorkerReports(db, { runId: run.id, sessionId: run.sessionId, worker }, { ...batch, logs })
    return c.json({ continue: run.state !== 'Stopping' })
  },
)

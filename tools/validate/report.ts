// What a validation leaves behind: a report for machines and one to print. Both name only what differs.
import type { Report } from '../../shared/domain/report.ts'
import type { Check } from '../../shared/domain/run.ts'
import type { ValidateAssignment } from '../../shared/domain/validate.ts'
import type { Findings } from './findings.ts'
import { reportPage } from './report-page.ts'

export const REPORT_JSON = 'validation.json'
export const REPORT_HTML = 'validation.html'

export type ValidationReport = {
  run: string
  checkedAt: string
  checks: string[]
  source: string | null
  target: string
  snapshot: string | null
  counts: Record<string, number>
  /** All that did not pass, the worst first. */
  findings: Check[]
}

const order = { fail: 0, unknown: 1, warn: 2, skipped: 3, pass: 4 } as const

export async function deliverReport(
  assignment: ValidateAssignment,
  findings: Findings,
  report: Report,
): Promise<void> {
  const told: ValidationReport = {
    run: assignment.run.id,
    checkedAt: new Date().toISOString(),
    checks: assignment.checks,
    source: assignment.source?.endpoint ?? null,
    target: assignment.target.endpoint,
    snapshot: assignment.snapshot?.name ?? null,
    counts: findings.counts(),
    findings: findings.checks
      .filter(({ status }) => status !== 'pass')
      .sort((a, b) => order[a.status] - order[b.status]),
  }
  await report.artifact(REPORT_JSON, 'application/json', once(JSON.stringify(told, null, 2)))
  await report.artifact(REPORT_HTML, 'text/html', once(reportPage(told)))
}

export async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${text}\n`)
}

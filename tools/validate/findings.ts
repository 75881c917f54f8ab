// The answers of a validation: kept for the report, told as items as they come.
import type { ItemReport, Report } from '../../shared/domain/report.ts'
import type { Check, CheckStatus } from '../../shared/domain/run.ts'
import { errorOf } from '../rfs/failure.ts'

const outcomes = {
  pass: 'ok',
  warn: 'warning',
  fail: 'failed',
  skipped: 'skipped',
  // What could not be found out is as bad as what is wrong: nobody may take it for a pass.
  unknown: 'failed',
} as const

const actions = {
  pass: 'unchanged',
  warn: 'differs',
  fail: 'differs',
  skipped: 'skip',
  unknown: 'refused',
} as const

export class Findings {
  readonly checks: Check[] = []
  readonly #report: Pick<Report, 'item'>

  constructor(report: Pick<Report, 'item'>) {
    this.#report = report
  }

  add(check: Check): void {
    this.checks.push(check)
    this.#report.item(checkItem(check))
  }

  /** A question that could not be answered, with what stood in the way. */
  unknown(id: string, scope: string | null, what: string, error: unknown): void {
    const { code, message, evidence, remedy } = errorOf(error)
    this.add({
      id,
      severity: 'error',
      scope,
      status: 'unknown',
      message: `${what}: ${message}`,
      evidence: { code, ...evidence },
      remedy: remedy ?? 'Mend what stands in the way, then validate again.',
    })
  }

  counts(): Record<CheckStatus, number> {
    const counts = { pass: 0, warn: 0, fail: 0, skipped: 0, unknown: 0 }
    for (const { status } of this.checks) counts[status]++
    return counts
  }
}

/** A check as the API lists it among the items of a run. */
export function checkItem(check: Check): ItemReport {
  return {
    kind: 'check',
    name: check.scope === null ? check.id : `${check.id} ${check.scope}`,
    outcome: outcomes[check.status],
    detail: {
      action: actions[check.status],
      message: check.message,
      rules: [],
      changes: [],
      drift: [],
      targetError: null,
      remedy: check.remedy,
      attempts: 1,
      check,
    },
  }
}

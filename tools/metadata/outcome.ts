// From what happened to a draft to the item that is told.
import type { ItemReport } from '../../shared/domain/report.ts'
import type { ItemDetail } from '../../shared/domain/run.ts'
import type { Drift } from './compare.ts'
import type { Draft } from './draft.ts'
import type { TargetError } from './refusals.ts'
import { remedyFor } from './remedies.ts'

type End = {
  action: ItemDetail['action']
  message: string | null
  attempts: number
  drift?: Drift
  targetError?: TargetError | null
  remedy?: string | null
  failed?: boolean
}

export function itemOf(draft: Draft, end: End): ItemReport {
  const drift = end.drift ?? []
  const warned = drift.length > 0 || (draft.warnings.length > 0 && end.action !== 'unchanged')
  const sentences = [end.message, ...draft.warnings].filter((text) => text !== null && text !== '')
  const reason = end.targetError?.reason
  return {
    kind: draft.kind,
    name: draft.name,
    outcome: end.failed === true ? 'failed' : warned ? 'warning' : 'ok',
    detail: {
      action: end.action,
      message: sentences.length > 0 ? sentences.join('. ') : null,
      rules: [...draft.rules].sort(),
      changes: draft.changes,
      drift,
      targetError: end.targetError ?? null,
      remedy: end.remedy ?? (reason === undefined ? null : remedyFor(reason)),
      before: draft.before,
      after: draft.body,
      attempts: end.attempts,
    },
  }
}

/** The target was not asked: we know that it cannot hold this. */
export function refusedItem(draft: Draft): ItemReport {
  return itemOf(draft, {
    action: 'refused',
    message: draft.refusal?.message ?? null,
    remedy: draft.refusal?.remedy ?? null,
    attempts: 0,
    failed: true,
  })
}

// Why a step, or one item of it, could not do its work. Messages are written by us and hold no credential.
import { ClusterFailure } from '../../shared/cluster/client.ts'
import type { WorkItemError } from '../../shared/domain/work-item.ts'
import { RepositoryError } from '../lucene/repository-error.ts'

type Extra = { remedy?: string; evidence?: Record<string, unknown>; retryable?: boolean; cause?: unknown }

export class ToolFailure extends Error {
  readonly code: string
  readonly remedy: string | null
  readonly evidence: Record<string, unknown>
  /** Whether the same thing may work later. */
  readonly retryable: boolean

  constructor(code: string, message: string, extra: Extra = {}) {
    super(message, { cause: extra.cause })
    this.name = 'ToolFailure'
    this.code = code
    this.remedy = extra.remedy ?? null
    this.evidence = extra.evidence ?? {}
    this.retryable = extra.retryable ?? false
  }
}

/** The control plane no longer wants this process: the run is over, or its token is. */
export class RunOver extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RunOver'
  }
}

/** Damage that stays; everything else of a repository may pass. */
const passing = new Set(['unreachable', 'access_denied', 'stopped'])

/** Any error as a work item, a report or a result tells it. */
export function errorOf(error: unknown): WorkItemError {
  if (error instanceof ToolFailure) {
    const { code, message, evidence, remedy, retryable } = error
    return { code, message, evidence, remedy, retryable }
  }
  if (error instanceof RepositoryError) {
    const { code, message, remedy } = error
    return { code, message, evidence: error.toJSON(), remedy: remedy ?? null, retryable: passing.has(code) }
  }
  if (error instanceof ClusterFailure) {
    const { kind, message, evidence, remedy, retryable } = error
    return { code: `cluster_${kind}`, message, evidence, remedy, retryable }
  }
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 6) : []
  return { code: 'internal', message, evidence: { stack }, remedy: null, retryable: true }
}

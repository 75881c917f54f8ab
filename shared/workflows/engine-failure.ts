// Why an engine did not do what it was asked, with what to do about it.
import type { IssueReport } from '../domain/report.ts'
import type { RunError } from '../domain/run.ts'

export type FailureKind =
  | 'unreachable'
  | 'denied'
  | 'not_installed'
  | 'not_found'
  | 'quota'
  | 'exists'
  | 'conflict'
  | 'refused'

type Known = { code: string; retryable: boolean; says: string; remedy: string }

const known: Record<FailureKind, Known> = {
  unreachable: {
    code: 'engine_unreachable',
    retryable: true,
    says: 'Kubernetes does not answer',
    remedy: 'Look at the API server and at the way to it; the run goes on as soon as it answers',
  },
  denied: {
    code: 'engine_denied',
    retryable: false,
    says: 'Kubernetes does not allow it',
    remedy: 'Give the service account its role again: kubectl apply -k argo/',
  },
  not_installed: {
    code: 'engine_not_installed',
    retryable: false,
    says: 'Kubernetes does not know Argo workflows',
    remedy: 'Install Argo Workflows with its definitions (CRDs), then start again',
  },
  not_found: {
    code: 'workflow_gone',
    retryable: false,
    says: 'The object is not there',
    remedy: 'Start again; with resumeFrom it goes on from the checkpoints',
  },
  quota: {
    code: 'engine_quota',
    retryable: true,
    says: 'A quota of the namespace is used up',
    remedy: 'Raise the ResourceQuota or free what it counts; the run goes on by itself',
  },
  exists: {
    code: 'engine_refused',
    retryable: false,
    says: 'An object of this name is there already',
    remedy: 'Look at who made it, and remove it',
  },
  conflict: {
    code: 'engine_conflict',
    retryable: true,
    says: 'The object was changed at the same moment',
    remedy: 'Nothing; it is tried again',
  },
  refused: {
    code: 'engine_refused',
    retryable: false,
    says: 'Kubernetes refuses the object',
    remedy: 'Compare the templates with this version: kubectl apply -k argo/',
  },
}

type Extra = { evidence?: Record<string, unknown>; cause?: unknown }

export class EngineFailure extends Error {
  readonly kind: FailureKind
  readonly evidence: Record<string, unknown>

  constructor(kind: FailureKind, message: string, { evidence = {}, cause }: Extra = {}) {
    super(message, { cause })
    this.name = 'EngineFailure'
    this.kind = kind
    this.evidence = evidence
  }

  get retryable(): boolean {
    return known[this.kind].retryable
  }

  /** What a run that cannot go on is failed with. */
  error(): RunError {
    const { code, says, remedy } = known[this.kind]
    return { code, message: `${says}: ${this.message}`.slice(0, 1_000), evidence: this.evidence, remedy }
  }

  /** What a run that waits tells. */
  issue(): IssueReport {
    const { code, message, evidence, remedy } = this.error()
    const severity = this.retryable ? ('warning' as const) : ('error' as const)
    return {
      code,
      severity,
      origin: 'engine',
      retryable: this.retryable,
      scope: null,
      message,
      evidence,
      remedy,
    }
  }
}

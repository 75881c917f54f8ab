// The cheap questions for a run of another action: what does not pass is an issue of that run, and all of it is kept.
import type { ClusterConnector } from '../../../shared/cluster/client.ts'
import type { ClusterConnection } from '../../../shared/domain/cluster.ts'
import type { Report } from '../../../shared/domain/report.ts'
import type { Check } from '../../../shared/domain/run.ts'
import { Findings } from '../findings.ts'
import { cheapChecks } from './cheap.ts'

export type AttachedPreflight = { checkedAt: string; checks: Check[] }

type Ends = { source: ClusterConnection | null; target: ClusterConnection | null }

/** Stops nothing: an action that cannot go on says so itself, with what it met. */
export async function attachPreflight(
  ends: Ends,
  report: Report,
  signal: AbortSignal,
  connector: ClusterConnector,
): Promise<AttachedPreflight> {
  const findings = new Findings({ item: () => undefined })
  const target = ends.target === null ? null : connector.connect(ends.target)
  const source = ends.source === null ? null : connector.connect(ends.source)
  try {
    await cheapChecks({ source, target, findings, signal })
  } finally {
    await Promise.all([target?.close(), source?.close()])
  }
  const { checks } = findings
  for (const check of checks) if (check.status === 'warn' || check.status === 'fail') tell(check, report)
  return { checkedAt: new Date().toISOString(), checks }
}

function tell({ id, scope, status, message, evidence, remedy }: Check, report: Report): void {
  report.issue({
    code: id.replace(/[^a-z0-9]+/g, '_'),
    severity: 'warning',
    origin: id.includes('source') ? 'source' : 'target',
    retryable: true,
    scope,
    message,
    evidence: { ...evidence, status },
    remedy,
  })
}

// Drift: what metadata migration would say now. What it changed on purpose is no drift; what differs beside that is.
import type { ClusterConnector } from '../../shared/cluster/client.ts'
import type { ItemReport } from '../../shared/domain/report.ts'
import type { Check, CheckStatus, ItemDetail } from '../../shared/domain/run.ts'
import { askMetadata } from './metadata-of.ts'
import type { Work } from './work.ts'

/** Evaluates every template, index and alias anew, and tells each as a check. */
export async function checkDrift(work: Work, connector: ClusterConnector): Promise<void> {
  const said = await askMetadata(work, connector)
  for (const item of said?.items ?? []) work.findings.add(driftCheck(item))
  if (said !== null) return
  work.findings.add({
    id: 'drift.metadata',
    severity: 'error',
    scope: null,
    status: 'unknown',
    message: 'There is neither a source nor a snapshot to compare the metadata with',
    evidence: {},
    remedy: 'Name the source in the config, or take a snapshot.',
  })
}

/** Differences that change neither what is found nor what is kept. */
const harmless =
  /^settings\.(number_of_replicas|auto_expand_replicas|refresh_interval|search\.slowlog\.|indexing\.slowlog\.|merge\.|translog\.|priority$|routing\.allocation\.)/

/** An alias that only the target has takes nothing away from what the source had. */
function isHarmless({ path, expected }: ItemDetail['drift'][number]): boolean {
  return harmless.test(path) || (expected === undefined && /^aliases\.[^.]+$/.test(path))
}

function driftCheck(item: ItemReport): Check {
  const { kind, name, detail } = item
  const status = statusOf(detail)
  return {
    id: `drift.${kind}`,
    severity: status === 'pass' || status === 'skipped' ? 'info' : status === 'warn' ? 'warning' : 'error',
    scope: `${kind}:${name}`,
    status,
    message: messageOf(item, status),
    evidence: {
      ...(detail.drift.length > 0 ? { drift: detail.drift } : {}),
      ...(detail.changes.length > 0 ? { changedOnPurpose: detail.changes.slice(0, 100) } : {}),
      ...(detail.targetError ? { targetError: detail.targetError } : {}),
    },
    remedy:
      status === 'pass' || status === 'skipped'
        ? null
        : (detail.remedy ?? 'Bring the target to what the source says, or accept the difference.'),
  }
}

function statusOf({ action, drift }: ItemDetail): CheckStatus {
  if (action === 'unchanged') return 'pass'
  if (action === 'skip') return 'skipped'
  if (action === 'differs') return drift.every(isHarmless) ? 'warn' : 'fail'
  return 'fail'
}

function messageOf({ kind, name, detail }: ItemReport, status: CheckStatus): string {
  const { action, changes, drift, message } = detail
  const explained = changes.length > 0 ? `; ${changes.length} differences were made on purpose` : ''
  if (status === 'pass') return `The ${kind} "${name}" is as the source says${explained}`
  if (action === 'create') return `The target has no ${kind} "${name}"`
  if (action === 'differs')
    return `The ${kind} "${name}" differs at ${drift
      .slice(0, 5)
      .map(({ path }) => path || name)
      .join(', ')}${drift.length > 5 ? ` and ${drift.length - 5} more` : ''}${explained}`
  return message ?? `The ${kind} "${name}" was left out`
}

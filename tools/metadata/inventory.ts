// What a cluster holds beside the metadata this tool moves, so that nobody finds out after the switch.
import { ClusterFailure } from '../../shared/cluster/client.ts'
import type { ClusterVersion } from '../../shared/domain/cluster.ts'
import type { NotMigrated } from '../../shared/domain/metadata.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { Api } from './api.ts'
import { atLeast, isElasticsearch } from './gates.ts'
import { probes } from './probe-list.ts'
import type { Probe } from './probes.ts'

const maxNames = 50

/** Asks for each kind; what is denied or fails is told as unknown, what the version does not have as none. */
export async function readInventory(api: Api, version: ClusterVersion): Promise<NotMigrated[]> {
  const asked = probes.filter((probe) => concerns(probe, version))
  const found = await Promise.all(asked.map((probe) => ask(api, probe, version)))
  return found.sort((a, b) => (a.kind < b.kind ? -1 : 1))
}

/** Does this version have that kind of thing? */
export function concerns(probe: Probe, version: ClusterVersion): boolean {
  if (probe.lineage !== 'any' && (probe.lineage === 'ES') !== isElasticsearch(version)) return false
  return probe.since === undefined || !isElasticsearch(version) || atLeast(version, ...probe.since)
}

async function ask(
  api: Api,
  { kind, title, path, query, read }: Probe,
  version: ClusterVersion,
): Promise<NotMigrated> {
  try {
    const answer = await api.find(typeof path === 'string' ? path : path(version), query)
    const { names, count } = answer === null ? { names: [], count: 0 } : read(answer)
    return {
      kind,
      title,
      count: count ?? names.length,
      names: names.sort().slice(0, maxNames),
      unknown: null,
    }
  } catch (error) {
    if (isAbsent(error)) return { kind, title, count: 0, names: [], unknown: null }
    if (!(error instanceof ClusterFailure)) throw error
    return { kind, title, count: null, names: [], unknown: error.message.slice(0, 500) }
  }
}

/** A product without the feature takes its address for an index, a wrong method, or nothing it knows. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof ClusterFailure)) return false
  if (error.kind === 'version') return true
  const answer = String(error.evidence.answer ?? '')
  return error.status === 400 && /invalid_index_name|no handler found|InvalidIndexName/i.test(answer)
}

/** Lists what is not migrated, and what could not be read, as issues. */
export function tellInventory(inventory: NotMigrated[], report: Report): void {
  for (const { kind, title, count, names, unknown } of inventory) {
    if (count === 0) continue
    report.issue({
      code: `not_migrated_${kind}`,
      severity: unknown === null ? 'info' : 'warning',
      origin: 'source',
      retryable: unknown !== null,
      scope: null,
      message:
        unknown === null
          ? `The source has ${count} ${title}, which are not migrated`
          : `Whether the source has ${title}, which are not migrated, could not be read: ${unknown}`,
      evidence: { count, names },
      remedy: unknown === null ? 'Set up on the target what is still needed' : null,
    })
  }
}

// The two ends of a migration: which versions they are, and that they are two.
import { effectiveVersion } from '../../shared/cluster/version.ts'
import { supportedPair } from '../../shared/cluster/version-matrix.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { Api } from './api.ts'
import { ToolFailure } from './failure.ts'
import type { Pair } from './gates.ts'
import type { Origin } from './source.ts'

/** Versions of both, once they are known to be two clusters of a supported pair. */
export async function meetClusters(source: Origin, target: Api, report: Report): Promise<Pair> {
  const [here, there] = [source.endpoint, target.client.connection.endpoint].map(plain)
  if (here === there) throw sameCluster(here ?? '')
  const [from, to] = await Promise.all([source.version(), effectiveVersion(target.client)])
  const pair = supportedPair(from, to)
  if (!pair.supported)
    throw new ToolFailure(
      'unsupported_version_pair',
      `Cannot migrate from ${from.label} to ${to.label}: ${pair.reason}`,
      {
        remedy: 'Choose another target, or upgrade it first',
        evidence: { source: from.label, target: to.label },
      },
    )
  if (pair.untested === true) report.issue(untested(from.label, to.label))
  const [sourceId, targetId] = await Promise.all([source.clusterId(), clusterIdOf(target)])
  if (sourceId !== null && sourceId === targetId) throw sameCluster(`cluster ${sourceId}`)
  return { source: from, target: to }
}

const plain = (endpoint: string) => endpoint.replace(/\/+$/, '')

/** Null where the cluster has none yet, or does not tell. */
export async function clusterIdOf(api: Api): Promise<string | null> {
  const root = await api.find('/')
  return idOf(root?.cluster_uuid)
}

/** `_na_` is what a cluster without an id says. */
export function idOf(id: unknown): string | null {
  return typeof id === 'string' && id !== '' && id !== '_na_' ? id : null
}

function sameCluster(what: string): ToolFailure {
  return new ToolFailure('source_is_target', `Source and target are the same: ${what}`, {
    remedy: 'Set the target to another cluster',
  })
}

function untested(from: string, to: string) {
  return {
    code: 'version_pair_untested',
    severity: 'warning' as const,
    origin: 'tool' as const,
    retryable: false,
    scope: null,
    message: `${from} to ${to} works on a best effort: it is not tested`,
    evidence: { source: from, target: to },
    remedy: 'Evaluate first, and check the result',
  }
}

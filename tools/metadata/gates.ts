// Which versions a rule is for.
import type { ClusterVersion } from '../../shared/domain/cluster.ts'

export type Pair = { source: ClusterVersion; target: ClusterVersion }

export function isElasticsearch(version: ClusterVersion): boolean {
  return version.flavour === 'elasticsearch'
}

export function isOpenSearch(version: ClusterVersion): boolean {
  return version.flavour !== 'elasticsearch'
}

/** Serverless has no version of its own and follows the newest OpenSearch. */
export function atLeast(version: ClusterVersion, major: number, minor = 0): boolean {
  if (version.flavour === 'serverless') return true
  return version.major > major || (version.major === major && version.minor >= minor)
}

export function below(version: ClusterVersion, major: number, minor = 0): boolean {
  return !atLeast(version, major, minor)
}

export function elasticsearchBelow(version: ClusterVersion, major: number, minor = 0): boolean {
  return isElasticsearch(version) && below(version, major, minor)
}

export function elasticsearchFrom(version: ClusterVersion, major: number, minor = 0): boolean {
  return isElasticsearch(version) && atLeast(version, major, minor)
}

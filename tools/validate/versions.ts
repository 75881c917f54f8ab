import type { ClusterVersion } from '../../shared/domain/cluster.ts'
import { atLeast, isOpenSearch } from '../metadata/gates.ts'

/** OpenSearch has points in time since 2.4; before that, and without servers of one's own, a scroll does the same. */
export function hasPointInTime(version: ClusterVersion): boolean {
  return isOpenSearch(version) && version.flavour !== 'serverless' && atLeast(version, 2, 4)
}

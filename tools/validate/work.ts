// What the checks of one validation share.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { ValidateAssignment } from '../../shared/domain/validate.ts'
import type { ChosenSnapshot, Repository } from '../snapshot/repository.ts'
import type { Findings } from './findings.ts'

export type OpenSnapshot = { repository: Repository; snapshot: ChosenSnapshot }

export type Work = {
  assignment: ValidateAssignment
  /** Null where the config names no source. */
  source: ClusterClient | null
  target: ClusterClient
  /** Opened once, when the first check needs it; null where there is no snapshot. Throws where it cannot be read. */
  snapshot(): Promise<OpenSnapshot | null>
  /** Ids that the backfill kept as rejected, by source index. */
  rejected(): Promise<Map<string, Set<string>>>
  findings: Findings
  report: Report
  signal: AbortSignal
}

/** Indexes that are looked at side by side. */
export const AT_ONCE = 8

// A dry run of the migration of metadata, listened to: what it would say now of both sides.
import type { ClusterConnector } from '../../shared/cluster/client.ts'
import type { MetadataAssignment } from '../../shared/domain/metadata.ts'
import type { IssueReport, ItemReport, Report } from '../../shared/domain/report.ts'
import { runMetadata } from '../metadata/run.ts'
import type { Work } from './work.ts'

export type MetadataSaid = { items: ItemReport[]; issues: IssueReport[] }

/** The source as it is now, else its snapshot; null where there is neither. */
function sourceOf({ source, snapshot }: Work['assignment']): MetadataAssignment['source'] | null {
  if (source !== null) return source
  return snapshot === null ? null : { repository: snapshot.repository, snapshot: snapshot.name }
}

/** Null where there is nothing to read the metadata from. */
export async function askMetadata(
  { assignment, report, signal }: Work,
  connector: ClusterConnector,
): Promise<MetadataSaid | null> {
  const { target, metadata, plan } = assignment
  const source = sourceOf(assignment)
  if (source === null) return null
  const items = new Map<string, ItemReport>()
  const issues: IssueReport[] = []
  const listening: Report = {
    progress: (progress) => report.progress(progress),
    item: (item) => void items.set(`${item.kind} ${item.name}`, item),
    issue: (issue) => void issues.push(issue),
    log: (level, message, fields) => report.log(level, message, fields),
    // The file of items is of a migration; here each item becomes a check.
    artifact: async (_name, _mediaType, content) => {
      for await (const _ of content);
    },
  }
  const { snapshotRef: _, ...asked } = metadata
  const params = { ...asked, selection: plan.selection ?? metadata.selection, allowEmpty: true }
  await runMetadata({ dryRun: true, source, target, params }, listening, signal, connector)
  return { items: [...items.values()], issues }
}

// GET /sessions/:session/backfill/failed_documents
import * as v from 'valibot'
import { countFailures } from '../../shared/db/backfills.ts'
import { listArtifacts, listIssuesByCode } from '../../shared/db/run-parts.ts'
import { Artifact, Issue } from '../../shared/domain/run.ts'
import { getLatestBackfill } from '../../shared/http/latest-backfill.ts'
import { operation, route } from '../../shared/http/route.ts'

const FailedDocuments = v.pipe(
  v.strictObject({
    runId: v.string(),
    documents: v.number(),
    /** Work items that were given up, whose documents are not accounted for. */
    items: v.number(),
    /** By normalised cause: how many, an example, what to do. */
    groups: v.array(Issue),
    /** The documents themselves, as gzipped NDJSON. */
    artifacts: v.array(Artifact),
  }),
  v.metadata({ ref: 'FailedDocuments' }),
)

/** What the latest backfill could not write: counts, causes, and the files that hold the documents. */
export default route().get(
  '/sessions/:session/backfill/failed_documents',
  operation({
    id: 'backfillFailedDocuments',
    summary: 'Failed documents of the latest backfill',
    access: 'viewer',
    returns: { 200: FailedDocuments },
    problems: ['session_not_found', 'backfill_not_started'],
  }),
  async (c) => {
    const { db } = c.var
    const run = await getLatestBackfill(c)
    const artifacts = await listArtifacts(db, run.id, c.var.door.basePath)
    const groups = await listIssuesByCode(db, run.id, 'documents_rejected')
    return c.json({
      runId: run.id,
      ...(await countFailures(db, run.id)),
      groups: groups.map(withCount),
      artifacts: artifacts.filter(({ name }) => name.startsWith('failed-documents')),
    })
  },
)

/** A group counts documents, where any other issue counts how often it was told. */
function withCount(issue: Issue): Issue {
  const { documents } = issue.evidence
  return typeof documents === 'number' ? { ...issue, count: documents } : issue
}

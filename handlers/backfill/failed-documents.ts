// GET /sessions/:session/backfill/failed_documents
import * as v from 'valibot'
import { countFailures } from '../../shared/db/backfills.ts'
import { listFailureFiles, listFailureGroups } from '../../shared/db/failures.ts'
import { Artifact, Issue } from '../../shared/domain/run.ts'
import { getLatestBackfill } from '../../shared/http/latest-backfill.ts'
import { operation, route } from '../../shared/http/route.ts'

/** The documents of one normalised cause; `key` names it to `retry_failed`, and is the same in every run. */
const FailureGroup = v.pipe(
  v.strictObject({ ...Issue.entries, key: v.string(), documents: v.number() }),
  v.metadata({ ref: 'FailureGroup' }),
)

const FailedDocuments = v.pipe(
  v.strictObject({
    runId: v.string(),
    documents: v.number(),
    /** Work items that were given up, whose documents are not accounted for. */
    items: v.number(),
    /** By normalised cause: how many, an example, what to do. */
    groups: v.array(FailureGroup),
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
    const files = await listFailureFiles(db, run.id, { basePath: c.var.door.basePath })
    return c.json({
      runId: run.id,
      ...(await countFailures(db, run.id)),
      groups: await listFailureGroups(db, run.id),
      artifacts: files.map(({ runId: _, ...file }) => file),
    })
  },
)

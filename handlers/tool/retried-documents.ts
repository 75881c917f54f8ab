// GET /runs/:run/retried_documents
import { listFailureFiles } from '../../shared/db/failures.ts'
import { operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

/** The failed documents of the run that this one retries, of all its workers: gzipped NDJSON, member after member. */
export default route().get(
  '/runs/:run/retried_documents',
  operation({
    id: 'toolRetriedDocuments',
    summary: 'The failed documents that a run is to retry',
    access: 'run',
    returns: { 200: [{ mediaType: 'application/gzip', description: 'The failed documents' }] },
    problems: ['run_not_found', 'run_not_open', 'nothing_to_retry', 'not_on_this_runtime'],
  }),
  async (c) => {
    const { db, artifacts, run } = c.var
    if (run.retryOf === null) throw new Problem('nothing_to_retry', 'This run is no retry')
    const files = await listFailureFiles(db, run.retryOf, { limit: null })
    async function* content() {
      for (const { runId, name } of files) {
        const file = await artifacts.read(runId, name)
        // The stream breaks off: documents that are not told must not look like documents that are not there.
        if (!file) throw new Error(`the artifact ${name} of run ${runId} is gone`)
        yield* file
      }
    }
    return c.body(streamOf(content()), 200, { 'content-type': 'application/gzip' })
  },
)

/** `ReadableStream.from` where every runtime has it. */
function streamOf(content: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await content.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => void (await content.return(undefined)),
  })
}

// The API on workerd: everything a Worker can do under the rules of every door; the rest answers 501.
import { selectRoutes } from '../handlers/index.ts'
import { createQueues } from '../shared/queue/enqueue.ts'
import { readerFile } from './parts/reader-assets.ts'
import { type Bindings, createWorker, type Worker } from './parts/worker.ts'

const api = createWorker({
  routes: (config) => selectRoutes(config.MA_HANDLERS, config.MA_BASE_PATH),
  createQueues,
})

const worker: Worker = {
  fetch: async (request, bindings: Bindings, execution) =>
    (await readerFile(request, bindings)) ?? api.fetch(request, bindings, execution),
}
export default worker

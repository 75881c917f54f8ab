// Named places in the work of a heavy run at which a test ends the process, to see what is left and what goes on.
import * as v from 'valibot'

export const Failpoint = v.picklist([
  /** Items are leased, nothing is read. */
  'worker.leased',
  /** The target has answered a bulk request, and nobody has read the answer. */
  'worker.sent',
  /** A batch is acknowledged, and no checkpoint says so. */
  'worker.acknowledged',
  /** Failed documents are kept, and no checkpoint counts them. */
  'worker.failed-kept',
  /** Everything of an item is done, and it is not complete. */
  'worker.completing',
  /** The run is opened, and no workflow is recorded. */
  'engine.opened',
  /** The process of a step runs, and nothing says so. */
  'engine.started',
  'engine.phase',
  /** The last step has its result, and the run has not ended. */
  'engine.result',
  /** A change is committed, and its caller has no answer. `detail` is method and path. */
  'api.committed',
])
export type Failpoint = v.InferOutput<typeof Failpoint>

let reached: ((name: Failpoint, detail: string) => void) | undefined

/** Does nothing, unless a door or a tool was started with a failpoint. */
export function failpoint(name: Failpoint, detail = ''): void {
  reached?.(name, detail)
}

/** From now on `act` is called at every failpoint. */
export function onFailpoint(act: (name: Failpoint, detail: string) => void): void {
  reached = act
}

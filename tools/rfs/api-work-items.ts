import * as v from 'valibot'
import {
  CheckpointAnswer,
  type Completed,
  type Held,
  LeaseAnswer,
  type PlannedIndex,
  type PlannedItem,
  type WorkItemError,
  type WorkItems,
} from '../../shared/domain/work-item.ts'
import type { Api } from './api-calls.ts'
import { ToolFailure } from './failure.ts'

/** A plan waits long for a control plane that is away: nothing else would go on without it. */
const PLAN_PATIENCE_MS = 5 * 60_000
/** As long as the lease may hold at most; after that somebody else has the item. */
const HAND_BACK_PATIENCE_MS = 25_000

/** Work items leased through the API. Answers are parsed: a newer control plane is found out here. */
export class ApiWorkItems implements WorkItems {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  async plan(indexes: PlannedIndex[], items: PlannedItem[], complete: boolean): Promise<void> {
    const body = { indexes, items, complete }
    await this.#api.call({ method: 'POST', path: '/work-items', body, patienceMs: PLAN_PATIENCE_MS })
  }

  async lease(worker: string, max: number): Promise<LeaseAnswer> {
    const body = { worker, max }
    return parsed(LeaseAnswer, await this.#api.call({ method: 'POST', path: '/work-items/lease', body }))
  }

  async checkpoint(key: string, at: Held): Promise<CheckpointAnswer> {
    return parsed(CheckpointAnswer, await this.#post(key, 'checkpoint', at, 0))
  }

  async complete(key: string, at: Completed): Promise<void> {
    await this.#post(key, 'complete', at, HAND_BACK_PATIENCE_MS)
  }

  async release(key: string, at: Held): Promise<void> {
    await this.#post(key, 'release', at, HAND_BACK_PATIENCE_MS)
  }

  async fail(key: string, at: Held & { error: WorkItemError }): Promise<void> {
    await this.#post(key, 'fail', at, HAND_BACK_PATIENCE_MS)
  }

  #post(key: string, verb: string, body: unknown, patienceMs: number): Promise<unknown> {
    const path = `/work-items/${encodeURIComponent(key)}/${verb}`
    return this.#api.call({ method: 'POST', path, body, patienceMs })
  }
}

/** An answer of another shape is a control plane of another version: nothing that asking again would change. */
function parsed<T extends v.GenericSchema>(schema: T, answer: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, answer)
  if (result.success) return result.output
  const [{ message }] = result.issues
  throw new ToolFailure('api_answer_unknown', `The control plane answers in another form: ${message}`, {
    remedy: 'Run the worker in the version of the control plane.',
  })
}

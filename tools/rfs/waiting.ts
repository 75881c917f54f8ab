// Why a worker is not faster, in the words of the API.
import type { WorkerState } from '../../shared/domain/work-item.ts'
import type { Congestion } from './congestion.ts'
import type { TokenBucket } from './token-bucket.ts'

export type Reason = { code: string; detail: string }

const told: Record<string, Reason> = {
  rejected: {
    code: 'throttled',
    detail: 'The target rejects writes because it is overloaded (429); fewer requests are sent at once',
  },
  slow: {
    code: 'target_slow',
    detail: 'The target takes much longer than before; fewer requests are sent at once',
  },
  timeout: { code: 'target_slow', detail: 'The target did not answer a bulk request in time' },
  unreachable: { code: 'target_unreachable', detail: 'The target could not be reached a moment ago' },
}

/** Collects the reasons of all requests of a worker; the ones that stop it count before those that slow it. */
export class Waiting {
  readonly #blocked = new Map<object, Reason>()
  readonly #congestion: Congestion
  readonly #rates: TokenBucket[]

  constructor(congestion: Congestion, rates: TokenBucket[]) {
    this.#congestion = congestion
    this.#rates = rates
  }

  /** Somebody cannot go on; `key` is who. Null: they can again. */
  set(key: object, reason: Reason | null): void {
    if (reason) this.#blocked.set(key, reason)
    else this.#blocked.delete(key)
  }

  state(): WorkerState {
    const [blocked] = this.#blocked.values()
    const limited = this.#rates.some((rate) => rate.isWaitedFor)
      ? { code: 'rate_limit', detail: 'The rate limit of the plan is reached' }
      : null
    const slowed = told[this.#congestion.pressure] ?? null
    return { waitingFor: blocked ?? slowed ?? limited, concurrency: this.#congestion.limit }
  }
}

// What a target says to a bulk request, item by item, and what is to be done about it.
import { isRecord, member } from '../../shared/cluster/json.ts'

/**
 * `retry`: passes by itself (overload, a shard that moves). `blocked`: passes when somebody acts (flood stage,
 * read-only). `missing`: the index is gone. `rejected`: this document as it is will never be taken.
 */
export type Verdict = 'ok' | 'conflict' | 'retry' | 'blocked' | 'missing' | 'rejected'

export type ItemAnswer = { verdict: Verdict; status: number; type: string; reason: string }

const NO_ERRORS = Buffer.from('"errors":false')

/** The members that are asked for; without them every item would be told in full. */
export const BULK_FILTER = 'errors,items.*.status,items.*.error,error,status'

/** Null where every item was taken. Throws where the answer is not one to `count` items. */
export function readBulkAnswer(bytes: Uint8Array, count: number): ItemAnswer[] | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64))
  if (head.includes(NO_ERRORS)) return null
  const answer: unknown = JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'),
  )
  if (member(answer, 'errors') === false) return null
  const items = member(answer, 'items')
  if (!Array.isArray(items) || items.length !== count)
    throw new SyntaxError(`the answer tells of ${Array.isArray(items) ? items.length : 'no'} items`)
  return items.map(readItem)
}

const taken: ItemAnswer = { verdict: 'ok', status: 200, type: '', reason: '' }

function readItem(item: unknown): ItemAnswer {
  const [result] = isRecord(item) ? Object.values(item) : []
  const status = Number(member(result, 'status'))
  const error = member(result, 'error')
  if (error === undefined && status >= 200 && status < 300) return taken
  const { type, reason } = reasonOf(error)
  return { verdict: judge(status, type), status, type, reason }
}

/** The error and what caused it, in one line each. */
export function reasonOf(error: unknown): { type: string; reason: string } {
  if (typeof error === 'string') return { type: 'unknown', reason: error }
  const reasons: string[] = []
  let cause: unknown = error
  for (let depth = 0; depth < 5 && isRecord(cause); depth++) {
    const reason = member(cause, 'reason')
    if (typeof reason === 'string' && !reasons.includes(reason)) reasons.push(reason)
    cause = member(cause, 'caused_by')
  }
  const type = member(error, 'type')
  return { type: typeof type === 'string' ? type : 'unknown', reason: reasons.join(': ').slice(0, 4_096) }
}

const passing =
  /rejected_execution|circuit_breaking|unavailable_shards|no_shard_available|process_cluster_event_timeout|node_closed|node_not_connected|connect_transport|receive_timeout|shard_not_found|index_closed_transient|no_longer_primary|primary_shard|not_master|not_cluster_manager|timeout_exception|task_cancelled|master_not_discovered|cluster_manager_not_discovered|illegal_index_shard_state/

/** What one item's status and error type ask for. */
export function judge(status: number, type: string): Verdict {
  if (/cluster_block/.test(type)) return 'blocked'
  if (/index_not_found/.test(type)) return 'missing'
  if (/index_closed/.test(type)) return 'blocked'
  if (status === 429 || status >= 500 || passing.test(type)) return 'retry'
  if (status === 409 || /version_conflict/.test(type)) return 'conflict'
  return 'rejected'
}

// Faster settings of the target while documents are written. What was there before is kept in the mapping's `_meta` of
// the index itself before anything is changed, so that it is found and put back after any crash, by any process.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { ClusterFailure } from '../../shared/cluster/client.ts'
import { isRecord, member } from '../../shared/cluster/json.ts'
import { encodeIndex } from '../../shared/cluster/path.ts'
import type { Report } from '../../shared/domain/report.ts'
import { ask, type TargetIndex } from './target.ts'

const KEY = 'migration_assistant_tuning'
const TUNED = { refresh_interval: '-1', number_of_replicas: '0', auto_expand_replicas: 'false' }

type Original = Record<keyof typeof TUNED, unknown>

/** Turns refresh off and replicas to none. An index that is tuned already stays as it is. */
export async function tune(
  client: ClusterClient,
  index: TargetIndex,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const meta = await readMeta(client, index.name, signal)
  if (meta[KEY] === undefined) {
    const original: Original = {
      refresh_interval: index.settings['index.refresh_interval'] ?? null,
      number_of_replicas: index.settings['index.number_of_replicas'] ?? null,
      auto_expand_replicas: index.settings['index.auto_expand_replicas'] ?? null,
    }
    await putMeta(client, index.name, { ...meta, [KEY]: original }, signal)
    report.issue({
      code: 'target_tuned',
      severity: 'info',
      origin: 'tool',
      retryable: false,
      scope: `index:${index.name}`,
      message: `"${index.name}" has no refresh and no replicas while documents are written`,
      evidence: { original },
      remedy: null,
    })
  }
  await putSettings(client, index.name, TUNED, signal)
}

/** Puts back what was there. True where there was something to put back; an index that is gone has nothing. */
export async function restore(client: ClusterClient, name: string, signal: AbortSignal): Promise<boolean> {
  const meta = await readMeta(client, name, signal).catch((error: unknown): Record<string, unknown> => {
    if (error instanceof ClusterFailure && error.status === 404) return {}
    throw error
  })
  const { [KEY]: original, ...rest } = meta
  if (!isRecord(original)) return false
  await putSettings(client, name, original, signal)
  await putMeta(client, name, rest, signal)
  return true
}

async function readMeta(
  client: ClusterClient,
  name: string,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const answer = await ask(client, { method: 'GET', path: `/${encodeIndex(name)}/_mapping`, signal })
  const meta = member(member(member(answer, name), 'mappings'), '_meta')
  return isRecord(meta) ? meta : {}
}

async function putMeta(
  client: ClusterClient,
  name: string,
  meta: Record<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({ _meta: meta })
  await ask(client, { method: 'PUT', path: `/${encodeIndex(name)}/_mapping`, body, signal })
}

async function putSettings(
  client: ClusterClient,
  name: string,
  settings: Record<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({ index: settings })
  await ask(client, { method: 'PUT', path: `/${encodeIndex(name)}/_settings`, body, signal })
}

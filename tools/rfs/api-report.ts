// Reports over the API: gathered for a second, numbered, sent again until they are taken.
import { setTimeout as sleep } from 'node:timers/promises'
import type { IssueReport, ItemReport, ProgressReport, Report } from '../../shared/domain/report.ts'
import type { LogLevel } from '../../shared/domain/run.ts'
import type { Api } from './api-calls.ts'
import { RunOver } from './failure.ts'

type Entry =
  | { items: ItemReport }
  | { issues: IssueReport }
  | { logs: { at: string; level: LogLevel; message: string; fields: Record<string, unknown> } }

const GATHER_MS = 1_000
const MOST_BYTES = 256 << 10
/** What one batch may hold of each kind, by the API. */
const MOST_ENTRIES = 1_000
/** Held while the control plane is away; older logs go first, items and issues stay. */
const MOST_HELD = 20_000
const ARTIFACT_PATIENCE_MS = 20_000

export type ApiReport = Report & {
  /** Sends what is left, trying for a while. */
  close(): Promise<void>
}

export function apiReport(api: Api, worker: string, onStop: () => void): ApiReport {
  let held: Entry[] = []
  let progress: ProgressReport | null = null
  let number = 1
  const closing = new AbortController()
  const loop = run()

  function add(entry: Entry): void {
    held.push(entry)
    if (held.length > MOST_HELD)
      held = [
        ...held.filter((each) => !('logs' in each)),
        ...held.filter((each) => 'logs' in each).slice(-1_000),
      ]
  }

  /** As many as fit one call; at least one, whatever its size. */
  function nextBatch(): Entry[] {
    let bytes = 0
    let count = 0
    for (const entry of held.slice(0, MOST_ENTRIES)) {
      bytes += JSON.stringify(entry).length
      if (count > 0 && bytes > MOST_BYTES) break
      count++
    }
    return held.slice(0, count)
  }

  async function send(patienceMs: number): Promise<void> {
    const batch = nextBatch()
    if (batch.length === 0 && progress === null) return
    const body = {
      worker,
      number,
      progress,
      items: batch.flatMap((each) => ('items' in each ? [each.items] : [])),
      issues: batch.flatMap((each) => ('issues' in each ? [each.issues] : [])),
      logs: batch.flatMap((each) => ('logs' in each ? [each.logs] : [])),
    }
    const sent = progress
    const answer = await api.call({ method: 'POST', path: '/reports', body, patienceMs })
    held = held.filter((entry) => !batch.includes(entry))
    if (progress === sent) progress = null
    number++
    if (typeof answer === 'object' && answer && 'continue' in answer && answer.continue === false) onStop()
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await sleep(GATHER_MS, undefined, { signal: closing.signal }).catch(() => {})
      await send(0).catch((error: unknown) => {
        if (error instanceof RunOver) onStop()
      })
    }
    const deadline = Date.now() + 5_000
    while ((held.length > 0 || progress !== null) && Date.now() < deadline) {
      const sent = await send(2_000).then(
        () => true,
        () => false,
      )
      if (!sent) return
    }
  }

  return {
    progress: (told) => {
      progress = told
    },
    item: (items) => add({ items }),
    issue: (issues) => add({ issues }),
    log: (level, message, fields = {}) =>
      add({ logs: { at: new Date().toISOString(), level, message: message.slice(0, 8_192), fields } }),
    async artifact(name, contentType, content) {
      const chunks: Uint8Array[] = []
      for await (const chunk of content) chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      const path = `/artifacts/${encodeURIComponent(name)}`
      await api.call({ method: 'PUT', path, bytes, contentType, patienceMs: ARTIFACT_PATIENCE_MS })
    },
    async close() {
      closing.abort()
      await loop
    },
  }
}

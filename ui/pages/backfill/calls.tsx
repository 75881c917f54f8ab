import { For } from 'solid-js'
import type { Call } from '../../api/curl.ts'
import { ApiCall } from '../../parts/api-call.tsx'

/** What the page does, as calls to copy. */
export function Calls(props: { session: string }) {
  const base = () => `/sessions/${props.session}/backfill`
  const calls = (): [title: string, call: Call][] => [
    ['Status', { method: 'GET', path: `${base()}/status` }],
    ['Pause', { method: 'POST', path: `${base()}/pause`, body: { reason: 'night shift' } }],
    ['Resume', { method: 'POST', path: `${base()}/resume`, body: {} }],
    ['Scale', { method: 'POST', path: `${base()}/scale`, body: { workers: 4 } }],
    ['Stop', { method: 'POST', path: `${base()}/stop`, body: {} }],
    ['Retry what failed', { method: 'POST', path: `${base()}/retry_failed`, body: {} }],
    ['Failed documents', { method: 'GET', path: `${base()}/failed_documents` }],
  ]
  return (
    <details class="more">
      <summary>API calls of this page</summary>
      <div class="calls">
        <For each={calls()}>{([title, call]) => <ApiCall title={title} call={call} />}</For>
      </div>
    </details>
  )
}

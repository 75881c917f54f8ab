import { For, Show } from 'solid-js'
import type { BackfillWorker } from '../../api/client.ts'
import { useNow } from '../../live/clock.ts'
import { Age } from '../../parts/age.tsx'
import { formatNumber } from '../../words/format.ts'

/** A worker not heard of for this long is grey. */
const SILENT_MS = 15_000

/** Who works, on what, since when, and what each waits for. */
export function WorkerList(props: { workers: BackfillWorker[]; wanted: number | null }) {
  const now = useNow()
  const silent = (worker: BackfillWorker) => now() - Date.parse(worker.lastSeenAt) > SILENT_MS
  const waiting = (worker: BackfillWorker) => {
    const told = Object(worker.state?.waitingFor).detail
    return typeof told === 'string' ? told : undefined
  }
  return (
    <section aria-labelledby="workers">
      <h2 id="workers">Workers</h2>
      <p class="quiet number">
        {formatNumber(props.workers.length)} at work, {formatNumber(props.wanted)} wanted
      </p>
      <ul class="workers">
        <For each={props.workers}>
          {(worker) => (
            <li classList={{ stale: silent(worker) }}>
              <p class="worker-line">
                <span class="mono strong">{worker.worker}</span>
                <span class="quiet">
                  seen <Age at={worker.lastSeenAt} />
                </span>
              </p>
              <Show when={worker.items.length > 0} fallback={<p class="quiet">Holds nothing.</p>}>
                <For each={worker.items}>
                  {(item) => (
                    <p class="worker-line">
                      <span class="mono">
                        {item.index}[{item.shard}]
                      </span>
                      <span class="quiet">
                        <Age at={item.since} />
                      </span>
                    </p>
                  )}
                </For>
              </Show>
              <Show when={waiting(worker)}>{(why) => <p class="warning">{why()}</p>}</Show>
            </li>
          )}
        </For>
      </ul>
    </section>
  )
}

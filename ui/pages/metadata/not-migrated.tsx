import { For, Show } from 'solid-js'
import type { Run } from '../../api/client.ts'
import { formatNumber } from '../../words/format.ts'

type Left = { kind: string; title: string; count: number | null; names: string[]; unknown: string | null }

/** What the source has and a metadata migration does not move. What could not be read is said to be unknown. */
export function NotMigrated(props: { run: Run }) {
  const left = () =>
    Array.isArray(props.run.result?.notMigrated) ? (props.run.result.notMigrated as Left[]) : [] // the shape of MetadataResult
  const found = () => left().filter(({ count }) => count !== 0)
  return (
    <Show when={found().length > 0}>
      <section aria-labelledby="not-migrated">
        <h2 id="not-migrated">On the source, and not moved</h2>
        <ul class="left-behind">
          <For each={found()}>
            {(entry) => (
              <li>
                <span class="strong number">{formatNumber(entry.count)}</span> {entry.title}
                <Show when={entry.unknown}>
                  <span class="quiet"> {entry.unknown}</span>
                </Show>
                <Show when={entry.names.length > 0}>
                  <details>
                    <summary>Names</summary>
                    <p class="mono">{entry.names.join(', ')}</p>
                  </details>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  )
}

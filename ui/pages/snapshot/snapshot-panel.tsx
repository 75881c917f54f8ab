import { For, Show } from 'solid-js'
import type { SnapshotSummary } from '../../api/client.ts'
import { Notice } from '../../parts/notice.tsx'
import { formatMoment, plural } from '../../words/format.ts'

const SHOWN = 200

/** One snapshot: what is in it, and what is not. */
export function SnapshotPanel(props: { snapshot: SnapshotSummary }) {
  const failed = () => props.snapshot.shards.failed ?? props.snapshot.failures.length
  return (
    <section class="panel" aria-label={`Snapshot ${props.snapshot.name}`}>
      <h3 class="mono">{props.snapshot.name}</h3>
      <Show when={props.snapshot.state === 'PARTIAL'}>
        <Notice tone="warn">
          <strong>{plural(failed(), 'shard')} not in this snapshot.</strong> What is in it can be moved; a
          backfill asks whether to go on without them.
          <ul>
            <For each={props.snapshot.failures}>
              {(failure) => (
                <li>
                  <code>
                    {failure.index}[{failure.shard}]
                  </code>{' '}
                  {failure.reason}
                </li>
              )}
            </For>
          </ul>
        </Notice>
      </Show>
      <Show when={props.snapshot.problem}>
        {(problem) => (
          <Notice tone="warn">
            <strong>It cannot be read in full.</strong> {problem()}
          </Notice>
        )}
      </Show>
      <dl class="facts">
        <dt>Taken</dt>
        <dd>{props.snapshot.startedAt ? formatMoment(props.snapshot.startedAt) : 'unknown'}</dd>
        <dt>Global state</dt>
        <dd>
          {props.snapshot.includeGlobalState === null
            ? 'unknown'
            : props.snapshot.includeGlobalState
              ? 'included'
              : 'not included'}
        </dd>
        <dt>UUID</dt>
        <dd>
          <code>{props.snapshot.uuid}</code>
        </dd>
        <dt>Indexes</dt>
        <dd class="mono">
          {props.snapshot.indexes.slice(0, SHOWN).join(', ') || 'none'}
          {props.snapshot.indexes.length > SHOWN ? ` and ${props.snapshot.indexes.length - SHOWN} more` : ''}
        </dd>
      </dl>
    </section>
  )
}

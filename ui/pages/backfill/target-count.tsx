import { Show } from 'solid-js'
import type { BackfillIndex } from '../../api/client.ts'
import { Age } from '../../parts/age.tsx'
import { formatNumber } from '../../words/format.ts'

/** The target's own count; grey with its age where it is not of this moment, and never a zero that was not counted. */
export function TargetCount(props: { target: BackfillIndex['target'] }) {
  return (
    <span classList={{ stale: props.target.stale }} title={props.target.error ?? undefined}>
      <Show when={props.target.count !== null} fallback={<span class="quiet">not counted yet</span>}>
        {formatNumber(props.target.count)}
      </Show>
      <Show when={props.target.stale && props.target.observedAt}>
        {(at) => (
          <>
            , <Age at={at()} />
          </>
        )}
      </Show>
      <Show when={props.target.error}>
        <span class="visually-hidden">, not read since: {props.target.error}</span>
      </Show>
    </span>
  )
}

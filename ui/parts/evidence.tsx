import { Show } from 'solid-js'

/** Facts behind a message, folded away until they are wanted. */
export function Evidence(props: { evidence: Record<string, unknown>; title?: string; open?: boolean }) {
  return (
    <Show when={Object.keys(props.evidence).length > 0}>
      <details class="evidence" open={props.open}>
        <summary>{props.title ?? 'Evidence'}</summary>
        <pre tabindex={0}>{JSON.stringify(props.evidence, null, 2)}</pre>
      </details>
    </Show>
  )
}

import { Show } from 'solid-js'
import type { Status } from '../api/client.ts'
import { formatPercent } from '../words/format.ts'
import { type Look, statusLooks } from '../words/states.ts'
import { Icon } from './icon.tsx'

/** Icon, word and colour of a state. */
export function Chip(props: { look: Look; stale?: boolean }) {
  return (
    <span class="chip" data-tone={props.stale ? 'stale' : props.look.tone}>
      <Icon name={props.look.icon} />
      {props.look.word}
    </span>
  )
}

/** The state of a run, with its percent while it is open. */
export function StateChip(props: { status: Status; percent?: number | null; stale?: boolean }) {
  const open = () => props.status === 'Running' || props.status === 'Paused' || props.status === 'Stopping'
  return (
    <span class="state">
      <Chip look={statusLooks[props.status]} stale={props.stale} />
      <Show when={open() && typeof props.percent === 'number'}>
        <span class="number">{formatPercent(props.percent)}</span>
      </Show>
    </span>
  )
}

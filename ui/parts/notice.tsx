import type { JSX } from 'solid-js'
import type { IconName, Tone } from '../words/states.ts'
import { Icon } from './icon.tsx'

const icons: Record<Tone, IconName> = {
  good: 'check',
  warn: 'alert',
  bad: 'cross',
  calm: 'info',
  busy: 'clock',
}

/** A sentence that must be seen. */
export function Notice(props: { tone: Tone; children: JSX.Element }) {
  return (
    <div class="notice" data-tone={props.tone}>
      <Icon name={icons[props.tone]} />
      <div class="notice-text">{props.children}</div>
    </div>
  )
}

import { createSignal } from 'solid-js'

const [said, setSaid] = createSignal('')

/** Says a change of state to those who hear the page instead of seeing it. */
export function announce(text: string): void {
  setSaid('')
  queueMicrotask(() => setSaid(text))
}

export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {said()}
    </div>
  )
}

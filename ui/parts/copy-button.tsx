import { createSignal, onCleanup, Show } from 'solid-js'
import { announce } from './announcer.tsx'
import { Icon } from './icon.tsx'

/** Copies a text and says that it did. */
export function CopyButton(props: { text: string; label: string; quiet?: boolean }) {
  const [done, setDone] = createSignal<'copied' | 'failed'>()
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))

  async function copy() {
    const copied = await copyText(props.text)
    setDone(copied ? 'copied' : 'failed')
    announce(copied ? 'Copied' : 'The browser did not let it be copied')
    clearTimeout(timer)
    timer = setTimeout(() => setDone(undefined), 2_000)
  }
  return (
    <button type="button" class={props.quiet ? 'button quiet' : 'button'} onClick={copy}>
      <Icon name={done() === 'copied' ? 'check' : 'copy'} />
      <Show when={done()} fallback={props.label}>
        {done() === 'copied' ? 'Copied' : 'Not copied'}
      </Show>
    </button>
  )
}

/** The clipboard is closed to pages on plain http; there, an old command still copies. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    const copied = document.execCommand('copy')
    area.remove()
    return copied
  }
}

import { createUniqueId, type JSX, onCleanup, onMount } from 'solid-js'

type Props = { title: string; onClose: () => void; children: JSX.Element; wide?: boolean }

/** A window over the page. The browser keeps the focus inside, and gives it back where it came from. */
export function Dialog(props: Props) {
  let element: HTMLDialogElement | undefined
  const title = createUniqueId()
  const opener = document.activeElement
  onMount(() => element?.showModal())
  onCleanup(() => {
    if (opener instanceof HTMLElement && opener.isConnected) queueMicrotask(() => opener.focus())
  })
  return (
    <dialog
      ref={element}
      class="dialog"
      classList={{ wide: props.wide }}
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault()
        props.onClose()
      }}
    >
      <div class="dialog-head">
        <h2 id={title}>{props.title}</h2>
        <button type="button" class="button quiet" onClick={() => props.onClose()}>
          Close
        </button>
      </div>
      {props.children}
    </dialog>
  )
}

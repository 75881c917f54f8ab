import { createEffect, createSignal, For, onCleanup, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import { readYaml } from '../../api/writes.ts'
import { toProblem } from '../../live/loaded.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { canonical, isObject, type Json } from '../../words/pointer.ts'
import { toYaml } from '../../words/yaml.ts'
import type { Draft } from './draft.ts'

const READ_MS = 400
const formats = ['YAML', 'JSON'] as const

/** The document as text, beside the forms: what is changed in one is changed in the other. */
export function RawDocument(props: { draft: Draft }) {
  const [format, setFormat] = createSignal<(typeof formats)[number]>('YAML')
  const [text, setText] = createSignal('')
  const [refusal, setRefusal] = createSignal<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let taken = ''
  onCleanup(() => clearTimeout(timer))

  const write = (document: Json) =>
    format() === 'YAML' ? toYaml(document) : JSON.stringify(document, null, 2)
  createEffect(() => {
    const document = props.draft.document()
    const written = write(document)
    if (canonical(document) === taken) return
    setText(written)
    setRefusal(undefined)
  })
  function typed(next: string) {
    setText(next)
    clearTimeout(timer)
    timer = setTimeout(() => void take(next), READ_MS)
  }
  /** A text that cannot be read leaves the draft as it was. */
  async function take(next: string) {
    try {
      const document =
        format() === 'JSON' ? JSON.parse(next) : (await readYaml(props.draft.session, next)).document
      if (next !== text()) return
      if (!isObject(document)) throw new Error('Expected an object with source, target, selection…')
      taken = canonical(document)
      props.draft.replace(document)
      setRefusal(undefined)
    } catch (error) {
      if (next === text()) setRefusal(toProblem(error).detail)
    }
  }
  return (
    <section class="raw" aria-labelledby="raw-title">
      <div class="raw-head">
        <h2 id="raw-title">Document</h2>
        <fieldset class="switch" aria-label="Format">
          <For each={formats}>
            {(name) => (
              <button
                type="button"
                aria-pressed={format() === name}
                onClick={() => {
                  taken = ''
                  setFormat(name)
                }}
              >
                {name}
              </button>
            )}
          </For>
        </fieldset>
        <CopyButton quiet text={text()} label="Copy" />
      </div>
      <Show when={refusal()}>
        {(said) => (
          <p class="raw-refusal" role="alert">
            Not taken over: {said()}
          </p>
        )}
      </Show>
      <textarea
        id="raw-document"
        class="mono"
        aria-label={`The config as ${format()}`}
        aria-invalid={refusal() !== undefined}
        spellcheck={false}
        readOnly={!may('operator')}
        value={text()}
        onInput={(event) => typed(event.currentTarget.value)}
      />
    </section>
  )
}

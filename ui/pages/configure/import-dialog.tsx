import { createSignal, For, Show } from 'solid-js'
import type { Imported } from '../../api/client.ts'
import { readYaml } from '../../api/writes.ts'
import { createSubmit } from '../../live/submit.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { DiffView } from '../../parts/diff-view.tsx'
import { TextField } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { plural } from '../../words/format.ts'
import { toYaml } from '../../words/yaml.ts'
import type { Draft } from './draft.ts'

/** Takes the YAML of the existing Migration Assistant, shows what becomes of it, and makes it the draft. */
export function ImportDialog(props: { draft: Draft; onClose: () => void }) {
  const [text, setText] = createSignal('')
  const [found, setFound] = createSignal<Imported>()
  const read = createSubmit(async () => setFound(await readYaml(props.draft.session, text())))
  async function openFile(file: File | undefined) {
    if (!file) return
    setText(await file.text())
    await read.run()
  }
  return (
    <Dialog title="Import YAML" wide onClose={props.onClose}>
      <p class="quiet">
        The config of the existing Migration Assistant, or an export of this one. Secrets are never taken
        over.
      </p>
      <input
        type="file"
        accept=".yaml,.yml,.json"
        aria-label="YAML file"
        onChange={(event) => void openFile(event.currentTarget.files?.[0])}
      />
      <TextField label="YAML" rows={8} mono value={text()} onInput={setText} />
      <Show when={read.problem()}>{(problem) => <ProblemCard doing="Not read" problem={problem()} />}</Show>
      <Show when={found()}>
        {(imported) => (
          <>
            <Show when={imported().notes.length > 0}>
              <Notice tone="warn">
                <strong>
                  {plural(imported().notes.length, 'thing')} in the file was not taken over as it is:
                </strong>
                <ul>
                  <For each={imported().notes}>
                    {(note) => (
                      <li>
                        <code>{note.path}</code> {note.message} {note.hint}
                      </li>
                    )}
                  </For>
                </ul>
              </Notice>
            </Show>
            <Show when={!imported().valid}>
              <Notice tone="warn">
                It becomes a draft with {plural(imported().errors.length, 'error')} to mend.
              </Notice>
            </Show>
            <DiffView
              before={toYaml(props.draft.document())}
              after={toYaml(imported().document)}
              beforeLabel="Now"
              afterLabel="Imported"
            />
          </>
        )}
      </Show>
      <div class="dialog-foot">
        <button
          type="button"
          class="button"
          disabled={read.busy() || text().trim() === ''}
          onClick={() => void read.run()}
        >
          {read.busy() ? 'Reading…' : 'Read it'}
        </button>
        <button
          type="button"
          class="button primary"
          disabled={!found()}
          onClick={() => {
            props.draft.replace(found()?.document ?? {})
            props.onClose()
          }}
        >
          Use as the draft
        </button>
      </div>
    </Dialog>
  )
}

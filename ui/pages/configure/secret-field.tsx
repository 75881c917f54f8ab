import { createSignal, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import { api, ok } from '../../api/client.ts'
import { getSecrets } from '../../api/queries.ts'
import { createLoaded } from '../../live/loaded.ts'
import { createSubmit } from '../../live/submit.ts'
import { Age } from '../../parts/age.tsx'
import { TextField } from '../../parts/field.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import type { Draft } from './draft.ts'

type Props = { draft: Draft; path: string; label: string; form: string; optional?: boolean }

/** The name of a secret in the config, and a way to set its value, which goes in and never comes out. */
export function SecretField(props: Props) {
  const secrets = createLoaded(getSecrets, () => [props.draft.session])
  const [open, setOpen] = createSignal(false)
  const [value, setValue] = createSignal('')
  const name = () => props.draft.text(props.path)
  const secret = () => secrets.value()?.items.find((item) => item.name === name())
  const store = createSubmit(async () => {
    const path = { session: props.draft.session, name: name() }
    await ok(api.PUT('/sessions/{session}/secrets/{name}', { params: { path }, body: { value: value() } }))
    setValue('')
    setOpen(false)
    await secrets.reload()
    props.draft.replace({ ...props.draft.document() })
  })
  return (
    <div class="secret-field">
      <TextField
        label={`${props.label}: name of the secret`}
        path={props.path}
        optional={props.optional}
        mono
        value={name()}
        errors={props.draft.errorsAt(props.path)}
        disabled={!may('operator')}
        onInput={(text) => props.draft.set(props.path, text.trim() || undefined)}
        hint={
          <Show when={name()} fallback="The config names the secret; its value is kept sealed beside it.">
            <Show when={secret()} fallback="Not set yet.">
              {(found) => (
                <>
                  Set <Age at={found().updatedAt} />
                  <Show when={found().boundTo}>{(bound) => <>, for {bound()} only</>}</Show>
                </>
              )}
            </Show>
          </Show>
        }
      />
      <Show when={may('admin') && name()}>
        <Show
          when={open()}
          fallback={
            <button type="button" class="button" onClick={() => setOpen(true)}>
              {secret() ? 'Set another value' : 'Set its value'}
            </button>
          }
        >
          <div class="secret-value">
            <TextField
              label={props.label}
              type="password"
              autocomplete="new-password"
              hint={props.form}
              value={value()}
              onInput={setValue}
            />
            <Show when={store.problem()}>
              {(problem) => <ProblemCard doing="Not set" problem={problem()} />}
            </Show>
            <div class="buttons">
              <button
                type="button"
                class="button primary"
                disabled={store.busy() || value() === ''}
                onClick={() => void store.run()}
              >
                {store.busy() ? 'Setting…' : 'Set the secret'}
              </button>
              <button type="button" class="button" onClick={() => setOpen(false)}>
                Cancel
              </button>
            </div>
          </div>
        </Show>
      </Show>
    </div>
  )
}

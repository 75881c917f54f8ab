import { createSignal, For, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import { CheckField, SelectField, TextField } from '../../parts/field.tsx'
import { getAt, isObject } from '../../words/pointer.ts'
import type { Draft } from './draft.ts'
import { SecretField } from './secret-field.tsx'

const types = [
  ['fs', 'Folder (fs)'],
  ['s3', 'S3 bucket'],
] as const

/** Where snapshots of the source are kept. */
export function RepositoriesForm(props: { draft: Draft }) {
  const [name, setName] = createSignal('')
  const names = () => {
    const found = getAt(props.draft.document(), '/repositories')
    return isObject(found) ? Object.keys(found) : []
  }
  const fits = () =>
    /^[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/.test(name()) && !names().includes(name())
  function add() {
    if (!fits()) return
    props.draft.set(`/repositories/${name()}`, { type: 'fs' })
    setName('')
  }
  return (
    <section aria-labelledby="form-repositories" class="form-section">
      <h2 id="form-repositories">Snapshot repositories</h2>
      <p class="quiet">Metadata moves without one. A snapshot of the documents needs one.</p>
      <For each={names()}>{(repository) => <Repository draft={props.draft} name={repository} />}</For>
      <Show when={may('operator')}>
        <div class="inline-form">
          <TextField label="Name of a new repository" mono value={name()} onInput={setName} />
          <button type="button" class="button" disabled={!fits()} onClick={add}>
            Add repository
          </button>
        </div>
      </Show>
    </section>
  )
}

function Repository(props: { draft: Draft; name: string }) {
  const at = (path: string) => `/repositories/${props.name}${path}`
  const field = (path: string) => ({
    path: at(path),
    value: props.draft.text(at(path)),
    errors: props.draft.errorsAt(at(path)),
    onInput: (value: string) => props.draft.set(at(path), value || undefined),
    disabled: !may('operator'),
  })
  return (
    <fieldset class="repository">
      <legend>{props.name}</legend>
      <SelectField
        {...field('/type')}
        label="Kind"
        options={types}
        onChange={(type) => props.draft.set(at(''), { type })}
      />
      <Show
        when={props.draft.text(at('/type')) === 's3'}
        fallback={
          <>
            <TextField {...field('/path')} label="Path" mono hint="The folder as this product reads it." />
            <TextField
              {...field('/clusterPath')}
              label="Path on the source"
              optional
              mono
              hint="The same folder as the source cluster writes it, where that differs."
            />
          </>
        }
      >
        <TextField {...field('/bucket')} label="Bucket" mono />
        <TextField {...field('/prefix')} label="Prefix" optional mono />
        <TextField {...field('/region')} label="Region" optional />
        <TextField
          {...field('/endpoint')}
          label="Endpoint"
          optional
          mono
          hint="For an S3 that is not Amazon's."
        />
        <CheckField
          label="Path-style addresses"
          checked={props.draft.text(at('/pathStyle')) === 'true'}
          disabled={!may('operator')}
          onChange={(checked) => props.draft.set(at('/pathStyle'), checked || undefined)}
        />
        <SecretField
          draft={props.draft}
          path={at('/secret')}
          label="S3 key"
          optional
          form="ACCESS_KEY_ID:SECRET_ACCESS_KEY"
        />
      </Show>
      <Show when={may('operator')}>
        <button type="button" class="button" onClick={() => props.draft.set(at(''), undefined)}>
          Remove {props.name}
        </button>
      </Show>
    </fieldset>
  )
}

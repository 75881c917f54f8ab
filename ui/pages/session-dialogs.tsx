import { useNavigate } from '@solidjs/router'
import { createSignal, Show } from 'solid-js'
import { api, idempotencyKey, ok } from '../api/client.ts'
import { createSubmit } from '../live/submit.ts'
import { Dialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { NameDialog } from '../parts/name-dialog.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'

/** Creates a session, or clones one under another name, and opens it. */
export function CreateDialog(props: { original?: string; onClose: () => void }) {
  const navigate = useNavigate()
  const [name, setName] = createSignal(props.original ? `${props.original}-copy` : '')
  const [description, setDescription] = createSignal('')
  const create = createSubmit(async () => {
    const given = { name: name().trim(), ...(description() && { description: description() }) }
    const header = { 'Idempotency-Key': idempotencyKey() }
    const made = props.original
      ? await ok(
          api.POST('/sessions/{session}/clone', {
            params: { path: { session: props.original }, header },
            body: given,
          }),
        )
      : await ok(api.POST('/sessions', { params: { header }, body: { description: '', ...given } }))
    props.onClose()
    navigate(`/sessions/${made.name}${props.original ? '' : '/configure'}`)
  })
  const nameErrors = () => {
    const problem = create.problem()
    if (problem?.code === 'session_exists')
      return [{ path: '/name', code: problem.code, message: problem.detail, hint: null }]
    return create.errors().filter(({ path }) => path === '/name')
  }
  return (
    <Dialog title={props.original ? `Clone ${props.original}` : 'New session'} onClose={props.onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void create.run()
        }}
      >
        <Show when={props.original}>
          <p class="quiet">The current config comes along. Secrets and runs do not.</p>
        </Show>
        <TextField
          label="Name"
          hint="Letters, digits, “-” and “_”. It is part of every address and cannot be changed later."
          value={name()}
          onInput={setName}
          errors={nameErrors()}
          mono
        />
        <TextField label="Description" optional value={description()} onInput={setDescription} />
        <Show when={nameErrors().length === 0 && create.problem()}>
          {(problem) => <ProblemCard doing="Not created" problem={problem()} />}
        </Show>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => props.onClose()}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={create.busy() || name().trim() === ''}>
            {create.busy() ? 'Creating…' : props.original ? 'Clone' : 'Create'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

export function DeleteDialog(props: { name: string; onClose: () => void; onDone: () => void }) {
  const remove = createSubmit(async () => {
    await ok(api.DELETE('/sessions/{session}', { params: { path: { session: props.name } } }))
    props.onClose()
    props.onDone()
  })
  return (
    <NameDialog
      title={`Delete ${props.name}`}
      name={props.name}
      verb="Delete session"
      deletes={[
        'The session and every version of its config',
        'Its secrets',
        'Its runs, with items, issues, logs and artifacts',
        'Its events',
      ]}
      keeps={[
        'Both clusters and everything in them',
        'Snapshots and their repositories',
        'The audit entries',
      ]}
      busy={remove.busy()}
      problem={remove.problem()}
      onConfirm={() => void remove.run()}
      onClose={props.onClose}
    />
  )
}

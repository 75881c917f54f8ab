import { createSignal, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import { api, ok } from '../api/client.ts'
import { createSubmit } from '../live/submit.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { Notice } from '../parts/notice.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'

const roles = [
  ['viewer', 'Viewer: reads'],
  ['operator', 'Operator: acts'],
  ['admin', 'Admin: tokens, secrets, deletes'],
] as const
type Role = (typeof roles)[number][0]
const lifetimes = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'A year'],
  ['', 'Does not expire'],
] as const

/** Makes a token and shows it this once. */
export function TokenForm(props: { onCreated: () => void }) {
  const [form, setForm] = createStore<{ name: string; role: Role; sessions: string; days: string }>({
    name: '',
    role: 'operator',
    sessions: '',
    days: '90',
  })
  const [made, setMade] = createSignal<string>()
  const create = createSubmit(async () => {
    const names = form.sessions.split(/[\s,]+/).filter(Boolean)
    const expiresAt =
      form.days === '' ? null : new Date(Date.now() + Number(form.days) * 86_400_000).toISOString()
    const body = {
      name: form.name.trim(),
      role: form.role,
      sessions: names.length > 0 ? names : ('*' as const),
      expiresAt,
    }
    const { token } = await ok(api.POST('/tokens', { body }))
    setMade(token)
    setForm('name', '')
    props.onCreated()
  })
  const errorsAt = (path: string) => create.errors().filter((error) => error.path.startsWith(path))
  return (
    <form
      class="token-form"
      onSubmit={(event) => {
        event.preventDefault()
        void create.run()
      }}
    >
      <h3>New token</h3>
      <div class="token-fields">
        <TextField
          label="Name"
          value={form.name}
          onInput={(name) => setForm({ name })}
          errors={errorsAt('/name')}
        />
        <SelectField
          label="Role"
          value={form.role}
          options={roles}
          onChange={(role) => setForm({ role: roles.find(([name]) => name === role)?.[0] ?? 'viewer' })}
        />
        <TextField
          label="Sessions"
          optional
          hint="Names. Empty: every session."
          value={form.sessions}
          onInput={(sessions) => setForm({ sessions })}
          errors={errorsAt('/sessions')}
        />
        <SelectField
          label="Ends after"
          value={form.days}
          options={lifetimes}
          onChange={(days) => setForm({ days })}
          errors={errorsAt('/expiresAt')}
        />
      </div>
      <Show when={create.problem()}>
        {(problem) => <ProblemCard doing="Not created" problem={problem()} hideErrors />}
      </Show>
      <button type="submit" class="button primary" disabled={create.busy() || form.name.trim() === ''}>
        {create.busy() ? 'Creating…' : 'Create token'}
      </button>
      <Show when={made()}>
        {(token) => (
          <Notice tone="good">
            <strong>Copy the token now.</strong> It is shown this once.
            <p class="made-token mono">{token()}</p>
            <CopyButton text={token()} label="Copy token" />
          </Notice>
        )}
      </Show>
    </form>
  )
}

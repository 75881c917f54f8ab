import { createEffect, createSignal, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { ApiProblem } from '../../api/client.ts'
import type { SnapshotStart } from '../../api/snapshot.ts'
import { CheckField, SelectField, TextField } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { describeSelection, selectionOf } from '../../words/selection.ts'

type Props = {
  session: string
  repositories: string[]
  repository: string
  selection: unknown
  /** Names that are taken. */
  existing: string[]
  busy: boolean
  problem: ApiProblem | undefined
  onChange: (given: SnapshotStart) => void
  onStart: (given: SnapshotStart) => void
  onClose: () => void
}

/** A name that tells what it is of and when, so that two never meet. */
function suggest(session: string): string {
  return `${session}-${new Date().toISOString().slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-')}`
}

/** What to take, where to, and what to do with one of the same name. */
export function SnapshotForm(props: Props) {
  const [form, setForm] = createStore({
    repository: props.repository,
    snapshot: suggest(props.session),
    include: '',
    exclude: '',
    global: true,
    use: false,
    megabytes: '',
  })
  const [touched, setTouched] = createSignal(false)
  const given = (): SnapshotStart => {
    const selection = selectionOf(form)
    const megabytes = Number(form.megabytes)
    return {
      repository: form.repository,
      snapshot: form.snapshot.trim(),
      ...(selection && { selection }),
      ...(!form.global && { includeGlobalState: false }),
      ...(form.use && { existing: 'use' as const }),
      ...(megabytes > 0 && { maxBytesPerSecond: Math.round(megabytes * 1_048_576) }),
    }
  }
  createEffect(() => props.onChange(given()))
  const taken = () => props.existing.includes(form.snapshot.trim())
  const errorsAt = (path: string) => props.problem?.errors.filter((error) => error.path === path) ?? []
  return (
    <form
      class="plan"
      aria-label="Take a snapshot"
      onSubmit={(event) => {
        event.preventDefault()
        setTouched(true)
        if (form.snapshot.trim()) props.onStart(given())
      }}
    >
      <h2>Take a snapshot</h2>
      <div class="plan-fields">
        <SelectField
          label="Repository"
          value={form.repository}
          options={props.repositories.map((name) => [name, name] as const)}
          onChange={(name) => setForm('repository', name)}
        />
        <TextField
          label="Name"
          mono
          path="/snapshot"
          value={form.snapshot}
          errors={
            touched() && !form.snapshot.trim()
              ? [{ path: '/snapshot', code: 'missing', message: 'A snapshot needs a name', hint: null }]
              : errorsAt('/snapshot')
          }
          onInput={(text) => setForm('snapshot', text)}
        />
      </div>
      <div class="plan-fields">
        <TextField
          label="Include"
          optional
          mono
          rows={2}
          value={form.include}
          hint={`One a line: a name, a glob, or regex:…. Empty: ${describeSelection(props.selection)}.`}
          onInput={(text) => setForm('include', text)}
        />
        <TextField
          label="Exclude"
          optional
          mono
          rows={2}
          value={form.exclude}
          hint="Taken away from what is included."
          onInput={(text) => setForm('exclude', text)}
        />
      </div>
      <CheckField
        label="Global state"
        hint="Templates and settings of the cluster, from which metadata can be migrated without the source."
        checked={form.global}
        onChange={(checked) => setForm('global', checked)}
      />
      <CheckField
        label="Use a snapshot of this name that exists"
        hint="Otherwise a taken name is refused; nothing is ever overwritten."
        checked={form.use}
        onChange={(checked) => setForm('use', checked)}
      />
      <details class="more">
        <summary>More</summary>
        <TextField
          label="At most, in MB per second and node"
          optional
          value={form.megabytes}
          hint="Empty: as fast as the source does it by itself."
          onInput={(text) => setForm('megabytes', text)}
        />
      </details>
      <Show when={taken() && !form.use}>
        <Notice tone="warn">
          The repository has a snapshot of this name. Choose another, or use the one that exists.
        </Notice>
      </Show>
      <Show when={props.problem}>{(problem) => <ProblemCard doing="Not started" problem={problem()} />}</Show>
      <div class="buttons">
        <button type="submit" class="button primary" disabled={props.busy || (taken() && !form.use)}>
          {props.busy ? 'Starting…' : form.use && taken() ? 'Use this snapshot' : 'Start the snapshot'}
        </button>
        <button type="button" class="button" onClick={() => props.onClose()}>
          Cancel
        </button>
      </div>
    </form>
  )
}

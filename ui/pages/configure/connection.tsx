import { Show } from 'solid-js'
import { may } from '../../access/access.ts'
import { api, type ClusterRole, ok } from '../../api/client.ts'
import { getCluster } from '../../api/queries.ts'
import { watchLive } from '../../live/live.tsx'
import { createLoaded } from '../../live/loaded.ts'
import { createSubmit } from '../../live/submit.ts'
import { ApiCall } from '../../parts/api-call.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { CheckFacts } from '../cluster-panel.tsx'
import type { Draft } from './draft.ts'

/** Tests what is saved, saving it first where it has changed. */
export function Connection(props: { side: ClusterRole; draft: Draft }) {
  const session = () => props.draft.session
  const view = createLoaded(getCluster, () => [session(), props.side])
  watchLive({ types: ['cluster.', 'config.'], open: () => false, changed: () => void view.reload() })
  const test = createSubmit(async () => {
    if (props.draft.dirty() && !(await props.draft.save.run())) return
    const path = { session: session(), role: props.side }
    await ok(api.POST('/sessions/{session}/clusters/{role}/test', { params: { path } }))
    await view.reload()
  })
  const label = () => (props.draft.dirty() ? 'Save and test the connection' : 'Test the connection')
  return (
    <div class="connection">
      <Show when={may('operator')}>
        <button
          type="button"
          class="button"
          disabled={test.busy() || props.draft.text(`/${props.side}/endpoint`) === ''}
          onClick={() => void test.run()}
        >
          {test.busy() ? 'Testing…' : label()}
        </button>
      </Show>
      <div aria-live="polite">
        <Show when={test.problem()}>
          {(problem) => <ProblemCard doing="Not tested" problem={problem()} />}
        </Show>
        <Show when={!test.busy() && view.value()?.check}>
          {(check) => (
            <CheckFacts
              check={check()}
              current={view.value()?.checkIsCurrent === true && !props.draft.dirty()}
            />
          )}
        </Show>
      </div>
      <ApiCall call={{ method: 'POST', path: `/sessions/${session()}/clusters/${props.side}/test` }} />
    </div>
  )
}

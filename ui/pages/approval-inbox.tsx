import { query } from '@solidjs/router'
import { createSignal, For, Show } from 'solid-js'
import { may } from '../access/access.ts'
import { type Approval, api, ok } from '../api/client.ts'
import { createLoaded } from '../live/loaded.ts'
import { createSubmit } from '../live/submit.ts'
import { Age } from '../parts/age.tsx'
import { Notice } from '../parts/notice.tsx'
import { Reading } from '../parts/reading.tsx'
import { ReasonDialog } from '../parts/reason-dialog.tsx'

const getWaiting = query(
  (session: string) =>
    ok(
      api.GET('/sessions/{session}/approvals', {
        params: { path: { session }, query: { state: 'waiting' as const } },
      }),
    ),
  'waiting-approvals',
)

const gates: Record<Approval['gate'], { waits: string; next: string }> = {
  begin: { waits: 'before it begins', next: 'The run reads the snapshot and plans.' },
  evaluated: {
    waits: 'with its plan, before the first document',
    next: 'Documents are written into the target.',
  },
  switch: { waits: 'with every document proven', next: 'The run ends as it was proven.' },
}
type Verb = 'approve' | 'reject'

/** The gates at which runs of the session wait for a person, and the two answers. */
export function ApprovalInbox(props: { session: string; onDecided: () => void }) {
  const waiting = createLoaded(getWaiting, () => [props.session])
  const [asked, setAsked] = createSignal<{ approval: Approval; verb: Verb }>()
  const decide = createSubmit(
    async ({ approval, verb }: { approval: Approval; verb: Verb }, comment: string) => {
      const params = { path: { approval: approval.id } }
      const body = comment ? { comment } : {}
      await ok(
        verb === 'approve'
          ? api.POST('/approvals/{approval}/approve', { params, body })
          : api.POST('/approvals/{approval}/reject', { params, body }),
      )
      setAsked(undefined)
      await waiting.reload()
      props.onDecided()
    },
  )
  return (
    <>
      <Reading of={waiting} what="the approvals" lines={2}>
        {(page) => (
          <For each={page().items}>
            {(approval) => (
              <Notice tone="warn">
                <strong>The {approval.action} waits for an approval</strong> {gates[approval.gate].waits},
                since <Age at={approval.requestedAt} />.{' '}
                <Show when={may('operator')}>
                  <button
                    type="button"
                    class="button primary"
                    onClick={() => setAsked({ approval, verb: 'approve' })}
                  >
                    Approve…
                  </button>{' '}
                  <button type="button" class="button" onClick={() => setAsked({ approval, verb: 'reject' })}>
                    Reject…
                  </button>
                </Show>
              </Notice>
            )}
          </For>
        )}
      </Reading>
      <Show when={asked()}>
        {(now) => (
          <ReasonDialog
            title={now().verb === 'approve' ? 'Approve and go on' : 'Reject and stop the run'}
            verb={now().verb === 'approve' ? 'Approve' : 'Reject'}
            not="Leave it waiting"
            destructive={now().verb === 'reject'}
            busy={decide.busy()}
            problem={decide.problem()}
            onConfirm={(comment) => void decide.run(now(), comment)}
            onClose={() => setAsked(undefined)}
          >
            <p>
              {now().verb === 'approve'
                ? gates[now().approval.gate].next
                : 'The run is stopped. What it has done stays done, and a later run may go on from its checkpoints.'}
            </p>
          </ReasonDialog>
        )}
      </Show>
    </>
  )
}

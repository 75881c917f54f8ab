import { createSignal, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import { cleanUpTrial, previewTrialCleanup } from '../../api/backfill.ts'
import type { TrialCleanup } from '../../api/client.ts'
import { createSubmit } from '../../live/submit.ts'
import { announce } from '../../parts/announcer.tsx'
import { ApiCall } from '../../parts/api-call.tsx'
import { NameDialog } from '../../parts/name-dialog.tsx'
import { Notice } from '../../parts/notice.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { formatNumber, plural } from '../../words/format.ts'

type Index = TrialCleanup['deleted'][number]

const said = ({ name, documents }: Index) =>
  documents === null ? `${name}, documents not known` : `${name} with ${plural(documents, 'document')}`

/** Removes what an ended trial created on the target: looks first, says it, and wants the prefix typed. */
export function TrialCleanUp(props: { session: string }) {
  const [found, setFound] = createSignal<TrialCleanup>()
  const look = createSubmit(async () => void setFound(await previewTrialCleanup(props.session)))
  const clean = createSubmit(async () => {
    const { deleted } = await cleanUpTrial(props.session, found()?.indexPrefix ?? '')
    setFound(undefined)
    announce(`${plural(deleted.length, 'index', 'indexes')} of the trial deleted`)
  })
  return (
    <Show when={may('admin')}>
      <div class="buttons">
        <button type="button" class="button" disabled={look.busy()} onClick={() => void look.run()}>
          {look.busy() ? 'Looking…' : 'Clean up the trial…'}
        </button>
      </div>
      <Show when={look.problem()}>{(problem) => <ProblemCard doing="Not looked" problem={problem()} />}</Show>
      <Show when={found()}>
        {(trial) => (
          <Show
            when={trial().deleted.length > 0}
            fallback={<Notice tone="calm">Nothing that the trial created is left on the target.</Notice>}
          >
            <NameDialog
              title="Clean up the trial"
              name={trial().indexPrefix}
              verb={`Delete ${formatNumber(trial().deleted.length)} of the target’s indexes`}
              busy={clean.busy()}
              problem={clean.problem()}
              deletes={trial().deleted.map(said)}
              keeps={[
                ...trial().kept.map((index) => `${said(index)}: ${index.reason}`),
                'Every other index of the target',
                'The source and the snapshot',
              ]}
              onConfirm={() => void clean.run()}
              onClose={() => setFound(undefined)}
            >
              <p>It cannot be undone; the trial can be run again.</p>
              <ApiCall
                call={{
                  method: 'POST',
                  path: `/sessions/${props.session}/backfill/trial_cleanup`,
                  body: { indexPrefix: trial().indexPrefix, dryRun: false, confirm: trial().indexPrefix },
                }}
              />
            </NameDialog>
          </Show>
        )}
      </Show>
    </Show>
  )
}

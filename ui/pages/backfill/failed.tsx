import { createEffect, createSignal, For, on, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import { getFailedDocuments, retryFailedDocuments } from '../../api/backfill.ts'
import { type Artifact, apiBase, type BackfillStatus, type FailureGroup } from '../../api/client.ts'
import { createLoaded } from '../../live/loaded.ts'
import { createSubmit } from '../../live/submit.ts'
import { Evidence } from '../../parts/evidence.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Reading } from '../../parts/reading.tsx'
import { ReasonDialog } from '../../parts/reason-dialog.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { formatBytes, formatNumber, plural } from '../../words/format.ts'

/** What could not be written: by cause, with an example and a remedy, to download and to retry. */
export function Failed(props: {
  now: BackfillStatus
  session: string
  open: boolean
  onRetried: () => void
}) {
  const failed = createLoaded(getFailedDocuments, () => [props.session])
  /** What is asked about: everything, or one group. */
  const [asking, setAsking] = createSignal<'all' | FailureGroup>()
  const group = () => {
    const asked = asking()
    return typeof asked === 'object' ? asked : undefined
  }
  createEffect(
    on(
      () => [props.now.progress.documents.failed, props.now.run?.id],
      () => void failed.reload(),
      { defer: true },
    ),
  )
  const retry = createSubmit(async (reason: string) => {
    await retryFailedDocuments(props.session, reason, group()?.key)
    setAsking(undefined)
    props.onRetried()
  })
  return (
    <section aria-labelledby="failed" class="failed">
      <div class="panel-head">
        <h2 id="failed">Failed documents</h2>
        <Show when={may('operator') && !props.open}>
          <button type="button" class="button" onClick={() => setAsking('all')}>
            Retry what failed…
          </button>
        </Show>
      </div>
      <Reading of={failed} what="the failed documents" lines={3}>
        {(found) => (
          <>
            <p class="number">
              {plural(found().documents, 'document')} rejected
              <Show when={found().items > 0}>
                ; {plural(found().items, 'part')} of shards given up, whose documents are not accounted for
              </Show>
            </p>
            <ul class="issues">
              <For each={found().groups}>
                {(each) => (
                  <Group
                    group={each}
                    onRetry={may('operator') && !props.open ? () => setAsking(each) : undefined}
                  />
                )}
              </For>
            </ul>
            <Files files={found().artifacts} />
          </>
        )}
      </Reading>
      <Show when={asking()}>
        <ReasonDialog
          title={
            group()
              ? `Retry ${plural(group()?.documents ?? 0, 'document')} of one cause`
              : 'Retry what failed'
          }
          verb="Retry"
          not="Not now"
          busy={retry.busy()}
          problem={retry.problem()}
          onConfirm={(reason) => void retry.run(reason)}
          onClose={() => setAsking(undefined)}
        >
          <Show
            when={group()}
            fallback={
              <p>
                Opens a run that does again only the parts in which documents failed. What the target has
                stays as it is; only what is missing is written.
              </p>
            }
          >
            {(one) => (
              <p>
                Sends the documents of this cause and no other: {one().message}. What else failed stays on
                record.
              </p>
            )}
          </Show>
          <p class="quiet">Mend the cause first, or the same documents fail again.</p>
        </ReasonDialog>
      </Show>
    </section>
  )
}

function Group(props: { group: FailureGroup; onRetry: (() => void) | undefined }) {
  const example = () => Object(props.group.evidence.example)
  return (
    <li class="issue">
      <div class="issue-head">
        <Chip look={{ word: plural(props.group.documents, 'document'), tone: 'bad', icon: 'cross' }} />
        <span class="issue-message">{props.group.message}</span>
        <Show when={props.onRetry}>
          {(retry) => (
            <button type="button" class="button" onClick={() => retry()()}>
              Retry these…
            </button>
          )}
        </Show>
      </div>
      <Show when={props.group.remedy}>
        <p class="remedy">{props.group.remedy}</p>
      </Show>
      <Show when={Object.keys(example()).length > 0}>
        <Evidence evidence={example()} title="An example" />
      </Show>
    </li>
  )
}

function Files(props: { files: Artifact[] }) {
  return (
    <Show when={props.files.length > 0}>
      <details class="more">
        <summary>
          Download: {plural(props.files.length, 'file')},{' '}
          {formatBytes(props.files.reduce((sum, { size }) => sum + size, 0))}
        </summary>
        <ul class="files">
          <For each={props.files}>
            {(file) => (
              <li>
                <a href={`${apiBase}${file.href}`} download={file.name} rel="external">
                  <Icon name="download" />
                  {file.name}
                </a>{' '}
                <span class="quiet number">
                  {formatBytes(file.size)} ({formatNumber(file.size)} bytes)
                </span>
              </li>
            )}
          </For>
        </ul>
      </details>
    </Show>
  )
}

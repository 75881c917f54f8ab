import { Show } from 'solid-js'
import type { ApiProblem, OutcomeCounts, Run } from '../../api/client.ts'
import { getCluster } from '../../api/queries.ts'
import { createLoaded } from '../../live/loaded.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Notice } from '../../parts/notice.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { formatNumber, plural } from '../../words/format.ts'
import { isDryRun } from '../../words/next-step.ts'

type Props = {
  session: string
  /** What is read where it is not the source cluster. */
  snapshot: string | undefined
  latest: Run | undefined
  counts: OutcomeCounts | undefined
  busy: boolean
  problem: ApiProblem | undefined
  onConfirm: () => void
  onClose: () => void
}

/** Says what a migration writes, and where, before it does. */
export function MigrateDialog(props: Props) {
  const target = createLoaded(getCluster, () => [props.session, 'target' as const])
  const evaluated = () =>
    props.latest && isDryRun(props.latest) && props.latest.finishedAt ? props.counts : undefined
  return (
    <Dialog title="Migrate the metadata" onClose={props.onClose}>
      <p>
        Creates templates, indexes and aliases on{' '}
        <strong class="mono">{target.value()?.cluster?.endpoint ?? 'the target'}</strong>
        <Show when={target.value()?.check?.version}>{(version) => <> ({version().label})</>}</Show>.
      </p>
      <ul>
        <li>
          Moves no documents.{' '}
          <Show when={props.snapshot} fallback="The source is only read.">
            Reads the snapshot <span class="mono">{props.snapshot}</span>.
          </Show>
        </li>
        <li>What exists on the target already is compared, never overwritten.</li>
      </ul>
      <Show
        when={evaluated()}
        fallback={
          <Notice tone="warn">
            The latest run is no finished evaluation, so nobody has read what this would do.
          </Notice>
        }
      >
        {(counts) => (
          <p>
            The evaluation found {formatNumber(counts().ok)} ready, {plural(counts().warning, 'warning')},{' '}
            {formatNumber(counts().failed)} that would fail and {formatNumber(counts().skipped)} left out.
          </p>
        )}
      </Show>
      <Show when={props.problem}>{(problem) => <ProblemCard doing="Not started" problem={problem()} />}</Show>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => props.onClose()}>
          Cancel
        </button>
        <button type="button" class="button primary" disabled={props.busy} onClick={() => props.onConfirm()}>
          {props.busy ? 'Starting…' : 'Migrate'}
        </button>
      </div>
    </Dialog>
  )
}

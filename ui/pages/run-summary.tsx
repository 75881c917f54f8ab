import { A } from '@solidjs/router'
import { Show } from 'solid-js'
import type { Run } from '../api/client.ts'
import { useNow } from '../live/clock.ts'
import { Age } from '../parts/age.tsx'
import { Evidence } from '../parts/evidence.tsx'
import { Notice } from '../parts/notice.tsx'
import { ProgressBar } from '../parts/progress-bar.tsx'
import { StateChip } from '../parts/state-chip.tsx'
import { formatDuration } from '../words/format.ts'
import { isDryRun } from '../words/next-step.ts'
import { isTerminal } from '../words/states.ts'

export function runTitle(run: Run): string {
  if (run.action !== 'metadata') return `${run.action.charAt(0).toUpperCase()}${run.action.slice(1)}`
  return isDryRun(run) ? 'Evaluation of the metadata' : 'Migration of the metadata'
}

/** Where a run stands: state, progress, what it waits for, why it failed. */
export function RunSummary(props: { run: Run; session: string; left?: string }) {
  const now = useNow()
  const open = () => !isTerminal(props.run.state)
  const lasted = () => {
    const from = Date.parse(props.run.startedAt ?? props.run.createdAt)
    return (props.run.finishedAt ? Date.parse(props.run.finishedAt) : now()) - from
  }
  return (
    <section class="run-summary" aria-label="State of the run">
      <p class="run-line">
        <StateChip status={props.run.state} />
        <span class="strong">{runTitle(props.run)}</span>
        <span class="quiet">
          by {props.run.requestedBy}, <Age at={props.run.createdAt} />, config version{' '}
          {props.run.configVersion}
          <Show when={props.run.startedAt}>
            , {open() ? 'for' : 'took'} {formatDuration(lasted())}
          </Show>
        </span>
        <Show when={props.run.retryOf}>
          {(first) => (
            <span class="quiet">
              retry of <A href={`/sessions/${props.session}/runs/${first()}`}>{first().slice(0, 8)}</A>
            </span>
          )}
        </Show>
      </p>
      <Show when={open()}>
        <ProgressBar
          label={runTitle(props.run)}
          progress={props.run.progress}
          status={props.run.state}
          startedAt={props.run.startedAt}
          {...(props.left === undefined ? {} : { left: props.left })}
        />
      </Show>
      <Show when={open() && props.run.progress?.message}>
        <p class="quiet ellipsis">{props.run.progress?.message}</p>
      </Show>
      <Show when={open() && props.run.waitingFor}>
        {(waiting) => (
          <Notice tone="warn">
            <strong>Waiting</strong> since <Age at={waiting().since} />: {waiting().detail}
          </Notice>
        )}
      </Show>
      <Show when={props.run.error}>
        {(error) => (
          <Notice tone="bad">
            <strong>{error().message}</strong> <code>{error().code}</code>
            <Show when={error().remedy}>
              <p class="remedy">{error().remedy}</p>
            </Show>
            <Evidence evidence={error().evidence} />
          </Notice>
        )}
      </Show>
      <Show when={props.run.reason}>
        <p class="quiet">Reason given: {props.run.reason}</p>
      </Show>
    </section>
  )
}

import { Show } from 'solid-js'
import type { BackfillStatus } from '../../api/client.ts'
import { useNow } from '../../live/clock.ts'
import { Age } from '../../parts/age.tsx'
import { Evidence } from '../../parts/evidence.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { describePhase, phaseLooks, statusOf, waitingTitle } from '../../words/backfill.ts'
import { formatBytes, formatCount, formatDuration, formatNumber, formatPercent } from '../../words/format.ts'
import { describeEta } from '../../words/snapshots.ts'
import { isTerminal } from '../../words/states.ts'
import { planOf, snapshotOf } from './plan.ts'

/** Where the backfill stands, in one look: state, percent, documents, bytes, rate, time left, and what it waits for. */
export function Summary(props: { now: BackfillStatus; session: string }) {
  const now = useNow()
  const open = () => !isTerminal(statusOf(props.now.phase))
  const run = () => props.now.run
  const lasted = () => {
    const from = Date.parse(run()?.startedAt ?? run()?.createdAt ?? '')
    const end = run()?.finishedAt
    return (end ? Date.parse(end) : now()) - from
  }
  return (
    <section class="run-summary" aria-label="State of the backfill">
      <p class="run-line">
        <Chip look={phaseLooks[props.now.phase]} />
        <span>
          from <span class="mono strong">{snapshotOf(run()).snapshot}</span>{' '}
          <span class="quiet">in {snapshotOf(run()).repository}</span>
        </span>
        <Show when={planOf(run()).trial}>
          {(trial) => (
            <span class="strong">
              Trial: {formatNumber(trial().documentsPerShard)} documents per shard into{' '}
              <span class="mono">{trial().indexPrefix}*</span>
            </span>
          )}
        </Show>
        <span class="quiet">
          by {run()?.requestedBy}, <Age at={run()?.createdAt ?? 0} />, {open() ? 'for' : 'took'}{' '}
          {formatDuration(lasted())}
          <Show when={run()?.retryOf}>{(first) => <>, a retry of {first().slice(0, 8)}</>}</Show>
        </span>
      </p>
      <Numbers now={props.now} open={open()} />
      <Show when={describePhase(props.now)}>{(text) => <p class="quiet">{text()}</p>}</Show>
      <Show when={open() && props.now.waitingFor}>
        {(waiting) => (
          <Notice tone="warn">
            <span>
              <strong>{waitingTitle(waiting())}</strong> since <Age at={waiting().since} />:{' '}
              {waiting().detail}
            </span>
          </Notice>
        )}
      </Show>
      <Show when={run()?.error}>
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
      <Show when={run()?.reason}>
        <p class="quiet">Reason given: {run()?.reason}</p>
      </Show>
    </section>
  )
}

/** The numbers that are looked at from across the room. */
function Numbers(props: { now: BackfillStatus; open: boolean }) {
  const progress = () => props.now.progress
  const percent = () => progress().percent
  const word = () => (percent() === null ? 'Counting' : formatPercent(percent()))
  return (
    <>
      <div
        class="progress-track"
        role="progressbar"
        aria-label="Backfill"
        aria-valuemin={0}
        aria-valuemax={100}
        {...(percent() === null ? {} : { 'aria-valuenow': Math.floor(percent() ?? 0) })}
        aria-valuetext={percent() === null ? 'counting' : formatPercent(percent())}
      >
        <div
          class="progress-fill"
          data-status={statusOf(props.now.phase)}
          style={{ width: `${percent() ?? 0}%` }}
        />
      </div>
      <dl class="figures">
        <div>
          <dt>{percent() === null && !props.open ? 'Percent' : 'Done'}</dt>
          <dd class="figure">{percent() === null && !props.open ? 'unknown' : word()}</dd>
          <dd class="quiet">{props.open ? describeEta(props.now.eta) : 'ended'}</dd>
        </div>
        <div>
          <dt>Documents</dt>
          <dd class="figure">{formatCount(progress().documents.done)}</dd>
          <dd class="quiet">
            of {formatCount(progress().documents.total)}
            <Show when={progress().documents.failed > 0}>
              , <strong class="failed-count">{formatCount(progress().documents.failed)} failed</strong>
            </Show>
          </dd>
        </div>
        <div>
          <dt>Bytes</dt>
          <dd class="figure">{formatBytes(progress().bytes.done)}</dd>
          <dd class="quiet">of {formatBytes(progress().bytes.total)}</dd>
        </div>
        <Show when={props.open}>
          <div>
            <dt>Rate</dt>
            <dd class="figure">
              {progress().documentsPerSecond === null
                ? 'unknown'
                : `${formatCount(Math.round(progress().documentsPerSecond ?? 0))}/s`}
            </dd>
            <dd class="quiet">
              {progress().bytesPerSecond === null ? '' : `${formatBytes(progress().bytesPerSecond)}/s`}
              <Show when={progress().lastProgressAt}>
                {(at) => (
                  <>
                    {' '}
                    · moved <Age at={at()} />
                  </>
                )}
              </Show>
            </dd>
          </div>
        </Show>
        <div>
          <dt>Shards</dt>
          <dd class="figure">{formatCount(progress().shards.done)}</dd>
          <dd class="quiet">
            of {formatCount(progress().shards.total)}
            <Show when={progress().shards.failed > 0}>, {formatCount(progress().shards.failed)} failed</Show>
          </dd>
        </div>
      </dl>
    </>
  )
}

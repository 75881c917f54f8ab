import { Show } from 'solid-js'
import type { Progress, Status } from '../api/client.ts'
import { useNow } from '../live/clock.ts'
import { formatBytes, formatDuration, formatNumber, formatPercent } from '../words/format.ts'
import { isTerminal } from '../words/states.ts'

type Props = {
  progress: Progress | null
  status: Status
  startedAt: string | null
  label: string
  /** An estimate that is better than the one made here. */
  left?: string
}

/** How far, of how many, how fast, how long yet. What is not known is said to be, and moves nothing. */
export function ProgressBar(props: Props) {
  const now = useNow()
  const percent = () => props.progress?.percent ?? null
  const inBytes = () => props.progress?.unit === 'bytes'
  const amount = (value: number | null) => (inBytes() ? formatBytes(value) : formatNumber(value))
  const seconds = () => (props.startedAt ? (now() - Date.parse(props.startedAt)) / 1_000 : 0)
  const rate = () => {
    const done = props.progress?.done ?? 0
    return done > 0 && seconds() > 1 ? done / seconds() : undefined
  }
  const left = () => {
    const [total, speed] = [props.progress?.total, rate()]
    if (total === null || total === undefined || speed === undefined) return undefined
    return ((total - (props.progress?.done ?? 0)) / speed) * 1_000
  }
  return (
    <div class="progress">
      <div
        class="progress-track"
        role="progressbar"
        aria-label={props.label}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(percent() === null ? {} : { 'aria-valuenow': Math.floor(percent() ?? 0) })}
        aria-valuetext={percent() === null ? 'not known yet' : formatPercent(percent())}
      >
        <div class="progress-fill" data-status={props.status} style={{ width: `${percent() ?? 0}%` }} />
      </div>
      <div class="progress-words">
        <span class="number strong">
          {percent() === null ? 'Percent not known yet' : formatPercent(percent())}
        </span>
        <Show when={props.progress}>
          {(progress) => (
            <span class="number">
              {amount(progress().done)} of {amount(progress().total)}
              {inBytes() ? '' : ` ${progress().unit}`}
            </span>
          )}
        </Show>
        <Show when={!isTerminal(props.status) && rate()}>
          {(speed) => (
            <span class="number">
              {inBytes() ? formatBytes(speed()) : speed().toFixed(speed() < 10 ? 1 : 0)} per second
            </span>
          )}
        </Show>
        <Show when={!isTerminal(props.status) && (props.left ?? left()) !== undefined}>
          <span class="number">{props.left ?? `about ${formatDuration(left() ?? 0)} left`}</span>
        </Show>
      </div>
    </div>
  )
}

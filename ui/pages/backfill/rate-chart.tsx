import { createEffect, createSignal, lazy, on, Show, Suspense } from 'solid-js'
import { getLatestEvents } from '../../api/queries.ts'
import { createLoaded } from '../../live/loaded.ts'
import { formatCount } from '../../words/format.ts'
import { type Point, ratesOf } from './rates.ts'

const Plot = lazy(() => import('./rate-plot.tsx'))
const MOST = 3_600

type Props = { session: string; run: string; rate: number | null; at: string | null }

/** Documents per second over time. The drawing is fetched when there is something to draw. */
export function RateChart(props: Props) {
  const events = createLoaded(getLatestEvents, () => [props.session])
  const [seen, setSeen] = createSignal<Point[]>([])
  createEffect(
    on(
      () => props.run,
      () => setSeen([]),
      { defer: true },
    ),
  )
  createEffect(
    on(
      () => props.at,
      (at) => {
        const [rate, moment] = [props.rate, Date.parse(at ?? '')]
        if (rate === null || Number.isNaN(moment)) return
        setSeen((points) =>
          [...points.filter((point) => point.at < moment), { at: moment, rate }].slice(-MOST),
        )
      },
    ),
  )
  const points = () => {
    const now = seen()
    const first = now[0]?.at ?? Number.POSITIVE_INFINITY
    const past = ratesOf(events.value()?.items ?? [], props.run).filter(({ at }) => at < first)
    return [...past, ...now]
  }
  const highest = () => Math.max(...points().map(({ rate }) => rate))
  return (
    <section aria-labelledby="rate">
      <h2 id="rate">Rate</h2>
      <figure class="rate-chart">
        <Show
          when={points().length > 1}
          fallback={<p class="quiet rate-none">Nothing to draw yet: a rate needs two moments.</p>}
        >
          <Suspense fallback={<div class="rate-none" />}>
            <Plot points={points()} />
          </Suspense>
          <figcaption class="quiet number">
            Documents per second; now {formatCount(Math.round(points().at(-1)?.rate ?? 0))}, highest shown{' '}
            {formatCount(Math.round(highest()))}
          </figcaption>
        </Show>
      </figure>
    </section>
  )
}

import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { ClusterRole, ClusterView, ConnectionCheck } from '../api/client.ts'
import { getIndexSums } from '../api/queries.ts'
import { createLoaded, type Loaded } from '../live/loaded.ts'
import { Age } from '../parts/age.tsx'
import { Evidence } from '../parts/evidence.tsx'
import { Reading } from '../parts/reading.tsx'
import { Chip } from '../parts/state-chip.tsx'
import { formatBytes, formatCount, formatNumber, plural, UNKNOWN } from '../words/format.ts'
import { checkLooks, type Look } from '../words/states.ts'

/** One of the two clusters: where, what, how it is, and what is in it. */
export function ClusterPanel(props: { side: ClusterRole; session: string; view: Loaded<ClusterView> }) {
  return (
    <section class="panel" aria-labelledby={`cluster-${props.side}`}>
      <h2 id={`cluster-${props.side}`}>{props.side === 'source' ? 'Source' : 'Target'}</h2>
      <Reading of={props.view} what={`the ${props.side}`} lines={5}>
        {(view) => (
          <Show
            when={view().cluster}
            fallback={
              <p class="quiet">
                Not configured.{' '}
                <A href={`/sessions/${props.session}/configure`}>Configure the {props.side}</A>
              </p>
            }
          >
            {(cluster) => (
              <>
                <p class="endpoint">
                  <code>{cluster().endpoint}</code>
                </p>
                <Show when={view().check} fallback={<p class="quiet">The connection was not tested yet.</p>}>
                  {(check) => <CheckFacts check={check()} current={view().checkIsCurrent} />}
                </Show>
                <Show when={view().check?.result === 'ok' && view().checkIsCurrent}>
                  <Contents side={props.side} session={props.session} />
                </Show>
              </>
            )}
          </Show>
        )}
      </Reading>
    </section>
  )
}

const healthLooks: Record<string, Look> = {
  green: { word: 'Green', tone: 'good', icon: 'check' },
  yellow: { word: 'Yellow', tone: 'warn', icon: 'alert' },
  red: { word: 'Red', tone: 'bad', icon: 'cross' },
  unknown: { word: 'Health unknown', tone: 'calm', icon: 'question' },
}

/** The classified answer of a connection test, with what to do about it. */
export function CheckFacts(props: { check: ConnectionCheck; current: boolean }) {
  const failed = () => props.check.result !== 'ok'
  return (
    <div class="check" classList={{ stale: !props.current }}>
      <div class="check-head">
        <Chip look={checkLooks[props.check.result]} stale={!props.current} />
        <Show when={props.check.version}>{(version) => <span class="strong">{version().label}</span>}</Show>
        <Show when={!failed()}>
          <Chip
            look={healthLooks[props.check.health ?? 'unknown'] ?? (healthLooks.unknown as Look)}
            stale={!props.current}
          />
          <span class="quiet">
            {props.check.nodes === null ? `nodes ${UNKNOWN}` : plural(props.check.nodes, 'node')}
          </span>
        </Show>
        <Show when={props.check.latencyMs !== null}>
          <span class="quiet number">{formatNumber(props.check.latencyMs)} ms</span>
        </Show>
        <span class="quiet">
          tested <Age at={props.check.checkedAt} />
          {props.current ? '' : ', before the config changed'}
        </span>
      </div>
      <Show when={failed()}>
        <p>{props.check.message}</p>
        <Show when={props.check.remedy}>{(remedy) => <p class="remedy">{remedy()}</p>}</Show>
      </Show>
      <For each={props.check.warnings}>{(warning) => <p class="warning">{warning}</p>}</For>
      <Evidence evidence={props.check.evidence} title="What was found" />
    </div>
  )
}

function Contents(props: { side: ClusterRole; session: string }) {
  const sums = createLoaded(getIndexSums, () => [props.session, props.side])
  return (
    <Reading of={sums} what="the indexes" lines={1}>
      {(found) => (
        <p class="number">
          {plural(found().total.indexes, 'index', 'indexes')} · {formatCount(found().total.documents)}{' '}
          documents · {formatBytes(found().total.bytes)}
        </p>
      )}
    </Reading>
  )
}

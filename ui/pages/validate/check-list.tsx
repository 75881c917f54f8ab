import { useSearchParams } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { Check } from '../../api/client.ts'
import { DiffView } from '../../parts/diff-view.tsx'
import { Evidence } from '../../parts/evidence.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import {
  checkStatuses,
  checkStatusLooks,
  countChecks,
  differencesIn,
  differenceWord,
  summaryOf,
} from '../../words/checks.ts'
import { formatNumber, plural } from '../../words/format.ts'

/** More are a file's work; the report names them all. */
const SHOWN = 200

/** The checks, the worst first, by how they stand. Those that passed are counted, and shown when asked for. */
export function CheckList(props: { checks: Check[]; open: boolean }) {
  const [search, setSearch] = useSearchParams<{ status?: string }>()
  const counts = () => countChecks(props.checks)
  const wanted = () =>
    props.checks.filter(({ status }) =>
      search.status === undefined ? status !== 'pass' : status === search.status,
    )
  return (
    <section aria-labelledby="checks" class="check-section">
      <h2 id="checks">Checks</h2>
      <div class="toolbar">
        <fieldset class="switch" aria-label="Result">
          <button
            type="button"
            aria-pressed={!search.status}
            onClick={() => setSearch({ status: undefined })}
          >
            Findings
          </button>
          <For each={checkStatuses}>
            {(status) => (
              <button
                type="button"
                aria-pressed={search.status === status}
                onClick={() => setSearch({ status })}
              >
                <Icon name={checkStatusLooks[status].icon} />
                {checkStatusLooks[status].word} <span class="number">{formatNumber(counts()[status])}</span>
              </button>
            )}
          </For>
        </fieldset>
      </div>
      <Show
        when={wanted().length > 0}
        fallback={
          <p class="quiet">
            {props.checks.length === 0
              ? props.open
                ? 'No answer has come yet.'
                : 'No check was made.'
              : search.status
                ? 'None.'
                : `${summaryOf(counts())}: ${plural(counts().pass, 'check')}.`}
          </p>
        }
      >
        <ul class="check-list">
          <For each={wanted().slice(0, SHOWN)}>{(check) => <Finding check={check} />}</For>
        </ul>
        <Show when={wanted().length > SHOWN}>
          <p class="quiet">{formatNumber(wanted().length - SHOWN)} more are in the report.</p>
        </Show>
      </Show>
    </section>
  )
}

function Finding(props: { check: Check }) {
  const differences = () => differencesIn(props.check)
  const evidence = () => {
    const { differences: _, ...rest } = props.check.evidence
    return rest
  }
  return (
    <li class="finding" data-status={props.check.status}>
      <p class="finding-line">
        <Chip look={checkStatusLooks[props.check.status]} />
        <span>{props.check.message}</span>
      </p>
      <p class="quiet finding-about">
        <code>{props.check.id}</code>
        <Show when={props.check.scope}>
          {(scope) => (
            <>
              {' '}
              <code>{scope()}</code>
            </>
          )}
        </Show>
      </p>
      <Show when={props.check.remedy}>{(remedy) => <p class="remedy">{remedy()}</p>}</Show>
      <For each={differences()}>
        {(each) => (
          <div class="difference">
            <p>
              Document <code>{each.id}</code> {differenceWord(each.kind)}
            </p>
            <Show when={each.source || each.target}>
              <DiffView before={each.source} after={each.target} beforeLabel="Source" afterLabel="Target" />
            </Show>
          </div>
        )}
      </For>
      <Evidence evidence={evidence()} />
    </li>
  )
}

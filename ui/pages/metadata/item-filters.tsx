import { useSearchParams } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { OutcomeCounts } from '../../api/client.ts'
import { Icon } from '../../parts/icon.tsx'
import { formatNumber } from '../../words/format.ts'
import { kindWords, outcomeLooks } from '../../words/states.ts'
import { kinds, outcomes, type Search, totalOf } from './item-order.ts'

/** Narrows the items by outcome, kind and name; kept in the address. */
export function ItemFilters(props: { counts: OutcomeCounts | undefined }) {
  const [search, setSearch] = useSearchParams<Search>()
  const total = () => (props.counts ? totalOf(props.counts) : undefined)
  let typing: ReturnType<typeof setTimeout> | undefined
  const type = (text: string) => {
    clearTimeout(typing)
    typing = setTimeout(() => setSearch({ search: text || undefined }, { replace: true }), 250)
  }
  return (
    <div class="toolbar">
      <fieldset class="switch" aria-label="Outcome">
        <button
          type="button"
          aria-pressed={!search.outcome}
          onClick={() => setSearch({ outcome: undefined })}
        >
          All{' '}
          <Show when={total() !== undefined}>
            <span class="number">{formatNumber(total())}</span>
          </Show>
        </button>
        <For each={outcomes}>
          {(outcome) => (
            <button
              type="button"
              aria-pressed={search.outcome === outcome}
              onClick={() => setSearch({ outcome })}
            >
              <Icon name={outcomeLooks[outcome].icon} />
              {outcomeLooks[outcome].word}{' '}
              <Show when={props.counts}>
                <span class="number">{formatNumber(props.counts?.[outcome])}</span>
              </Show>
            </button>
          )}
        </For>
      </fieldset>
      <select
        aria-label="Kind"
        onChange={(event) => setSearch({ kind: event.currentTarget.value || undefined })}
      >
        <option value="" selected={!search.kind}>
          Every kind
        </option>
        <For each={kinds}>
          {(kind) => (
            <option value={kind} selected={search.kind === kind}>
              {kindWords[kind]}
            </option>
          )}
        </For>
      </select>
      <input
        type="search"
        aria-label="Search items by name"
        placeholder="Search by name"
        value={search.search ?? ''}
        onInput={(event) => type(event.currentTarget.value.trim())}
      />
    </div>
  )
}

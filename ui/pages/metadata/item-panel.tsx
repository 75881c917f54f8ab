import { query, useSearchParams } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { ItemKind, Run, RunItem } from '../../api/client.ts'
import { createLoaded } from '../../live/loaded.ts'
import { DiffView } from '../../parts/diff-view.tsx'
import { Evidence } from '../../parts/evidence.tsx'
import { Reading } from '../../parts/reading.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { plural } from '../../words/format.ts'
import { isDryRun } from '../../words/next-step.ts'
import { actionWord, kindWords, outcomeLooks } from '../../words/states.ts'
import { readItem } from './items.ts'

const getItem = query(readItem, 'item')

/** One item: what happened, what the target said, what was changed and why, and its body before and after. */
export function ItemPanel(props: { run: Run; item: string }) {
  const [, setSearch] = useSearchParams()
  const key = () => {
    const at = props.item.indexOf(':')
    return [props.item.slice(0, at) as ItemKind, props.item.slice(at + 1)] as const // an unknown kind finds nothing
  }
  const item = createLoaded(getItem, () => [props.run.id, ...key()])
  return (
    <aside class="panel item-panel" aria-label={`${key()[0]} ${key()[1]}`}>
      <div class="panel-head">
        <h2 class="mono">{key()[1]}</h2>
        <button type="button" class="button quiet" onClick={() => setSearch({ item: undefined })}>
          Close
        </button>
      </div>
      <Reading of={item} what="the item" lines={8}>
        {(found) => (
          <Show when={found()} fallback={<p class="quiet">This run has no such item.</p>}>
            {(present) => <Facts item={present()} dryRun={isDryRun(props.run)} />}
          </Show>
        )}
      </Reading>
    </aside>
  )
}

function Facts(props: { item: RunItem; dryRun: boolean }) {
  const detail = () => props.item.detail
  return (
    <>
      <p class="item-head">
        <Chip look={outcomeLooks[props.item.outcome]} />
        <span>{kindWords[props.item.kind]}</span>
        <span class="quiet">{actionWord(detail().action, props.dryRun)}</span>
        <Show when={detail().attempts > 1}>
          <span class="quiet">{plural(detail().attempts, 'attempt')}</span>
        </Show>
      </p>
      <Show when={detail().message}>
        <p>{detail().message}</p>
      </Show>
      <Show when={detail().remedy}>
        <p class="remedy">{detail().remedy}</p>
      </Show>
      <Show when={detail().targetError}>
        {(error) => (
          <section class="target-error" aria-label="What the target said">
            <h3>
              The target said {error().status ?? ''} <code>{error().type ?? ''}</code>
            </h3>
            <p class="mono">{error().reason}</p>
            <Show when={error().body !== undefined}>
              <Evidence evidence={{ body: error().body }} title="Its whole answer" />
            </Show>
          </section>
        )}
      </Show>
      <Show when={detail().changes.length > 0}>
        <h3>{plural(detail().changes.length, 'change')}</h3>
        <ul class="changes">
          <For each={detail().changes}>
            {(change) => (
              <li>
                <span class="strong">{change.change}</span> <code>{change.path}</code>
                <span class="quiet">
                  {' '}
                  {change.reason} <span class="rule">{change.rule}</span>
                </span>
                <Show when={change.from !== undefined || change.to !== undefined}>
                  <div class="from-to mono">
                    <Show when={change.from !== undefined}>
                      <del>{short(change.from)}</del>
                    </Show>{' '}
                    <Show when={change.to !== undefined}>
                      <ins>{short(change.to)}</ins>
                    </Show>
                  </div>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={detail().drift.length > 0}>
        <h3>What is on the target differs</h3>
        <ul class="changes">
          <For each={detail().drift}>
            {(drift) => (
              <li>
                <code>{drift.path}</code>
                <div class="from-to mono">
                  expected <ins>{short(drift.expected)}</ins> found <del>{short(drift.found)}</del>
                </div>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={detail().before !== undefined || detail().after !== undefined}>
        <h3>Body</h3>
        <DiffView
          before={pretty(detail().before)}
          after={pretty(detail().after)}
          beforeLabel="On the source"
          afterLabel="For the target"
        />
      </Show>
    </>
  )
}

function pretty(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2)
}

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

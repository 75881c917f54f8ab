import { createSignal, For, Show } from 'solid-js'
import { DiffView } from '../../parts/diff-view.tsx'
import { Notice } from '../../parts/notice.tsx'
import { type Change, changesBetween, merge } from '../../words/merge.ts'
import { toYaml } from '../../words/yaml.ts'
import type { Draft, Saved } from './draft.ts'

/** Somebody saved while this draft was edited: both versions, and a way on that loses neither. */
export function Conflict(props: { draft: Draft; theirs: Saved }) {
  const [choices, setChoices] = createSignal<Record<string, 'mine' | 'theirs'>>({})
  const changes = () =>
    changesBetween(props.draft.base().document, props.draft.document(), props.theirs.document)
  const both = () => changes().filter(({ by }) => by === 'both')
  const version = () => /\d+/.exec(props.theirs.etag)?.[0]
  return (
    <section class="conflict" aria-label="Two versions">
      <Notice tone="warn">
        <strong>Version {version()} was saved while you edited.</strong> Nothing of yours is lost: choose how
        to go on. Saving comes after.
      </Notice>
      <Show when={both().length > 0} fallback={<p>You changed different fields, so both can be kept.</p>}>
        <p>Both changed these fields. Choose for each:</p>
        <For each={both()}>
          {(change) => (
            <Choice
              change={change}
              chosen={choices()[change.path] ?? 'mine'}
              onChoose={(side) => setChoices((before) => ({ ...before, [change.path]: side }))}
            />
          )}
        </For>
      </Show>
      <DiffView
        before={toYaml(props.theirs.document)}
        after={toYaml(props.draft.document())}
        beforeLabel={`Version ${version()}, saved`}
        afterLabel="Your draft"
      />
      <div class="buttons">
        <button
          type="button"
          class="button primary"
          onClick={() => props.draft.rebase(merge(props.theirs.document, changes(), choices()))}
        >
          Keep both
        </button>
        <button type="button" class="button" onClick={() => props.draft.rebase(props.draft.document())}>
          Keep only mine
        </button>
        <button type="button" class="button" onClick={() => props.draft.discard()}>
          Take version {version()} and drop mine
        </button>
      </div>
    </section>
  )
}

function Choice(props: {
  change: Change
  chosen: 'mine' | 'theirs'
  onChoose: (side: 'mine' | 'theirs') => void
}) {
  const said = (value: unknown) => (value === undefined ? '(removed)' : JSON.stringify(value))
  return (
    <fieldset class="choice">
      <legend>
        <code>{props.change.path}</code>
      </legend>
      <For each={['mine', 'theirs'] as const}>
        {(side) => (
          <label>
            <input
              type="radio"
              name={props.change.path}
              checked={props.chosen === side}
              onChange={() => props.onChoose(side)}
            />
            {side === 'mine' ? 'Yours' : 'Theirs'}: <code>{said(props.change[side])}</code>
          </label>
        )}
      </For>
    </fieldset>
  )
}

import { For, Show } from 'solid-js'
import { CheckField, SelectField, TextField } from '../../parts/field.tsx'
import { describeSelection } from '../../words/selection.ts'
import { type Draft, type Gate, withGate } from './plan.ts'

type Props = { draft: Draft; set: <K extends keyof Draft>(key: K, value: Draft[K]) => void }

/** What most people look at before a start. */
export function PlanFields(props: Props & { selection: unknown }) {
  return (
    <>
      <div class="plan-fields">
        <TextField
          label="Workers"
          path="/plan/workers"
          value={props.draft.workers}
          hint="1 to 256; can be changed while it runs."
          onInput={(text) => props.set('workers', text)}
        />
        <SelectField
          label="Documents that are on the target already"
          value={props.draft.existing}
          options={[
            ['refuse', 'Refuse: do not start where there are any'],
            ['skip', 'Skip: leave them as they are'],
            ['overwrite', 'Overwrite: the snapshot wins'],
          ]}
          onChange={(value) => props.set('existing', value)}
        />
        <SelectField
          label="Order"
          value={props.draft.order}
          options={[
            ['largestFirst', 'Largest indexes first (soonest done)'],
            ['newestFirst', 'Newest indexes first'],
            ['oldestFirst', 'Oldest indexes first'],
          ]}
          onChange={(value) => props.set('order', value)}
        />
      </div>
      <div class="plan-fields">
        <TextField
          label="Include"
          optional
          mono
          rows={2}
          value={props.draft.include}
          hint={`One a line: a name, a glob, or regex:…. Empty: ${describeSelection(props.selection)}.`}
          onInput={(text) => props.set('include', text)}
        />
        <TextField
          label="Exclude"
          optional
          mono
          rows={2}
          value={props.draft.exclude}
          hint="Taken away from what is included."
          onInput={(text) => props.set('exclude', text)}
        />
      </div>
      <CheckField
        label="Trial run"
        hint="Some documents of each shard into indexes with a prefix, to see that it works before it counts."
        checked={props.draft.trial}
        onChange={(checked) => props.set('trial', checked)}
      />
      <Show when={props.draft.trial}>
        <div class="plan-fields indented">
          <TextField
            label="Documents per shard"
            value={props.draft.documentsPerShard}
            onInput={(text) => props.set('documentsPerShard', text)}
          />
          <TextField
            label="Index prefix"
            mono
            value={props.draft.indexPrefix}
            hint={`orders becomes ${props.draft.indexPrefix}orders`}
            onInput={(text) => props.set('indexPrefix', text)}
          />
        </div>
      </Show>
    </>
  )
}

const approvals: [Gate, string][] = [
  ['begin', 'Before it begins'],
  ['evaluated', 'With its plan, before the first document'],
  ['switch', 'With every document proven, before it ends'],
]

/** What few need, folded away. */
export function MoreFields(props: Props) {
  return (
    <details class="more">
      <summary>More: rate limit, batch size, concurrency, failed documents, approvals</summary>
      <div class="plan-fields">
        <TextField
          label="Documents per second, at most"
          optional
          value={props.draft.documentsPerSecond}
          placeholder="no limit"
          hint="Over all workers."
          onInput={(text) => props.set('documentsPerSecond', text)}
        />
        <TextField
          label="MB per second, at most"
          optional
          value={props.draft.megabytesPerSecond}
          placeholder="no limit"
          hint="Over all workers."
          onInput={(text) => props.set('megabytesPerSecond', text)}
        />
        <TextField
          label="MB per bulk request"
          value={props.draft.batchMegabytes}
          hint="Uncompressed."
          onInput={(text) => props.set('batchMegabytes', text)}
        />
        <TextField
          label="Requests at once per worker"
          value={props.draft.concurrency}
          hint="A worker goes lower by itself when the target asks for it."
          onInput={(text) => props.set('concurrency', text)}
        />
        <SelectField
          label="Failed documents are kept"
          value={props.draft.failedDocuments}
          options={[
            ['full', 'With their bodies'],
            ['idsOnly', 'By id only: no body leaves the clusters'],
          ]}
          onChange={(value) => props.set('failedDocuments', value)}
        />
      </div>
      <CheckField
        label="Tune the target while documents are written"
        hint="No refresh and no replicas meanwhile; always put back."
        checked={props.draft.tuneTarget}
        onChange={(checked) => props.set('tuneTarget', checked)}
      />
      <fieldset class="choices">
        <legend>Wait for an approval</legend>
        <For each={approvals}>
          {([gate, when]) => (
            <CheckField
              label={when}
              checked={props.draft.gates.includes(gate)}
              onChange={(chosen) => props.set('gates', withGate(props.draft.gates, gate, chosen))}
            />
          )}
        </For>
      </fieldset>
    </details>
  )
}

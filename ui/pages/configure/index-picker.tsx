import { createSignal, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import type { Indexes } from '../../api/client.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { Skeleton } from '../../parts/reading.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { formatBytes, formatCount, formatNumber } from '../../words/format.ts'
import { getAt } from '../../words/pointer.ts'
import type { Look } from '../../words/states.ts'
import type { Draft } from './draft.ts'
import { createPreview } from './index-preview.ts'
import { PatternField } from './pattern-field.tsx'

type Index = Indexes['items'][number]
const reasons: Record<string, Look> = {
  chosen: { word: 'Chosen', tone: 'good', icon: 'check' },
  'built-in': { word: 'System index', tone: 'calm', icon: 'skip' },
  'not-included': { word: 'Not included', tone: 'calm', icon: 'skip' },
  excluded: { word: 'Excluded', tone: 'calm', icon: 'skip' },
}

/** Which indexes are meant: patterns, and what they mean on the source at this moment. */
export function IndexPicker(props: { draft: Draft }) {
  const [search, setSearch] = createSignal('')
  const patterns = (key: 'include' | 'exclude') => {
    const found = getAt(props.draft.document(), `/selection/${key}`)
    return Array.isArray(found) ? found.map(String) : []
  }
  const setPatterns = (key: 'include' | 'exclude', list: string[]) =>
    props.draft.set(`/selection/${key}`, list.length > 0 ? list : undefined)
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
  const preview = createPreview(props.draft, patterns, search)

  function toggle(index: Index) {
    const excluded = patterns('exclude')
    if (index.chosen) setPatterns('exclude', [...excluded, index.name])
    else if (excluded.includes(index.name))
      setPatterns(
        'exclude',
        excluded.filter((name) => name !== index.name),
      )
    else setPatterns('include', [...patterns('include'), index.name])
  }
  /** To include one system index by name would leave out everything else that is meant by default. */
  const fixed = (index: Index) =>
    !may('operator') ||
    (index.reason === 'built-in' && patterns('include').length === 0) ||
    (index.reason === 'excluded' && !patterns('exclude').includes(index.name))
  return (
    <section aria-labelledby="form-selection" class="form-section">
      <h2 id="form-selection">Indexes</h2>
      <div class="columns patterns">
        <PatternField
          label="Include"
          hint="One a line: a name, a glob, or regex:…. Empty means all but system indexes."
          draft={props.draft}
          path="/selection/include"
          list={patterns('include')}
          onList={(text) => setPatterns('include', lines(text))}
        />
        <PatternField
          label="Exclude"
          hint="Taken away from what is included."
          draft={props.draft}
          path="/selection/exclude"
          list={patterns('exclude')}
          onList={(text) => setPatterns('exclude', lines(text))}
        />
      </div>
      <Show when={preview.problem()}>
        {(problem) => (
          <ProblemCard
            doing="Cannot list the indexes of the source"
            problem={problem()}
            onRetry={preview.again}
          />
        )}
      </Show>
      <Show when={preview.waiting()}>
        <p class="quiet">{preview.waiting()}</p>
      </Show>
      <Show
        when={preview.found()}
        fallback={
          <Show when={!preview.problem() && !preview.waiting()}>
            <Skeleton lines={6} what="the indexes of the source" />
          </Show>
        }
      >
        {(found) => (
          <div classList={{ stale: preview.busy() }}>
            <p class="picker-sum" aria-live="polite">
              <strong class="number">
                {formatNumber(found().chosen.indexes)} of {formatNumber(found().total.indexes)}
              </strong>{' '}
              indexes, {formatCount(found().chosen.documents)} documents, {formatBytes(found().chosen.bytes)}
            </p>
            <input
              type="search"
              aria-label="Search the indexes"
              placeholder="Search by name"
              value={search()}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
            <DataTable
              caption="Indexes of the source"
              minWidth="560px"
              rows={found().items}
              onEnd={preview.more}
              empty={<p class="quiet">No index has “{search()}” in its name.</p>}
              columns={[
                {
                  key: 'name',
                  title: 'Index',
                  cell: (index) => (
                    <label class="pick">
                      <input
                        type="checkbox"
                        checked={index.chosen}
                        disabled={fixed(index)}
                        onChange={() => toggle(index)}
                      />
                      <span class="ellipsis mono">{index.name}</span>
                    </label>
                  ),
                },
                {
                  key: 'reason',
                  title: 'Meant',
                  width: '140px',
                  cell: (index) => (
                    <Chip look={reasons[index.reason ?? 'chosen'] ?? (reasons.chosen as Look)} />
                  ),
                },
                {
                  key: 'documents',
                  title: 'Documents',
                  width: '110px',
                  numeric: true,
                  cell: (index) => formatCount(index.documents),
                },
                {
                  key: 'bytes',
                  title: 'Size',
                  width: '100px',
                  numeric: true,
                  cell: (index) => formatBytes(index.bytes),
                },
              ]}
            />
          </div>
        )}
      </Show>
    </section>
  )
}

import { createEffect, createSignal, onCleanup, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import type { ApiProblem } from '../../api/client.ts'
import { api, type Indexes, ok } from '../../api/client.ts'
import { toProblem } from '../../live/loaded.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { TextField } from '../../parts/field.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { Skeleton } from '../../parts/reading.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { formatBytes, formatCount, formatNumber } from '../../words/format.ts'
import { getAt, isObject } from '../../words/pointer.ts'
import type { Look } from '../../words/states.ts'
import type { Draft } from './draft.ts'

type Index = Indexes['items'][number]
const LOOK_MS = 400
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
      <div class="columns">
        <PatternField
          label="Include"
          hint="One name, glob or regex:… a line. Empty: everything but system indexes."
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

type PatternProps = {
  label: string
  hint: string
  draft: Draft
  path: string
  list: string[]
  onList: (text: string) => void
}

/** Keeps the text as it is typed, empty lines included, until the list changes from elsewhere. */
function PatternField(props: PatternProps) {
  const [text, setText] = createSignal('')
  createEffect(() => {
    const outside = props.list.join('\n')
    setText((own) =>
      own
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean)
        .join('\n') === outside
        ? own
        : outside,
    )
  })
  const errors = () =>
    props.draft.errors().filter(({ path }) => path === props.path || path.startsWith(`${props.path}/`))
  return (
    <TextField
      label={props.label}
      hint={props.hint}
      path={props.path}
      rows={4}
      mono
      value={text()}
      errors={errors()}
      disabled={!may('operator')}
      onInput={(value) => {
        setText(value)
        props.onList(value)
      }}
    />
  )
}

/** Asks the source, through the API, what the patterns mean, a moment after they changed. */
function createPreview(
  draft: Draft,
  patterns: (key: 'include' | 'exclude') => string[],
  search: () => string,
) {
  const [found, setFound] = createSignal<Indexes>()
  const [problem, setProblem] = createSignal<ApiProblem>()
  const [busy, setBusy] = createSignal(false)
  const [tries, setTries] = createSignal(0)
  let asked = 0

  const waiting = () => {
    if (!isObject(draft.base().document.source))
      return 'Save a source first; then its indexes are listed here.'
    return undefined
  }
  const read = (cursor?: string) => {
    const query = {
      limit: '200',
      ...(search() && { search: search() }),
      ...(patterns('include').length > 0 && { include: patterns('include').join(',') }),
      // A comma alone is an empty list: it says that the saved selection is not meant.
      exclude: patterns('exclude').join(',') || ',',
      ...(cursor && { cursor }),
    }
    const path = { session: draft.session, role: 'source' as const }
    return ok(api.GET('/sessions/{session}/clusters/{role}/indexes', { params: { path, query } }))
  }
  createEffect(() => {
    tries()
    search()
    patterns('include')
    patterns('exclude')
    draft.base()
    const mine = ++asked
    if (waiting()) return
    setBusy(true)
    const timer = setTimeout(async () => {
      try {
        const page = await read()
        if (mine !== asked) return
        setFound(page)
        setProblem(undefined)
      } catch (error) {
        if (mine === asked) setProblem(toProblem(error))
      }
      if (mine === asked) setBusy(false)
    }, LOOK_MS)
    onCleanup(() => clearTimeout(timer))
  })
  async function more() {
    const [before, mine] = [found(), asked]
    if (!before?.next || busy()) return
    setBusy(true)
    try {
      const page = await read(before.next)
      if (mine === asked) setFound({ ...page, items: [...before.items, ...page.items] })
    } catch (error) {
      setProblem(toProblem(error))
    } finally {
      setBusy(false)
    }
  }
  return {
    found,
    problem,
    busy,
    waiting,
    more: () => void more(),
    again: () => setTries((count) => count + 1),
  }
}

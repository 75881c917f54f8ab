import { useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, For, on, onCleanup, Show } from 'solid-js'
import { type ApiProblem, api, type LogLine, ok } from '../api/client.ts'
import { watchLive } from '../live/live.tsx'
import { toProblem } from '../live/loaded.ts'
import { DataTable } from '../parts/data-table.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'
import { formatClock, formatMoment, formatNumber } from '../words/format.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
type Level = (typeof levels)[number]

/** The log of a run, growing while it is open. */
export function LogView(props: { run: string; open: boolean }) {
  const [params, setParams] = useSearchParams<{ level?: string; log?: string; worker?: string }>()
  const level = (): Level => levels.find((name) => name === params.level) ?? 'info'
  const log = createLog(
    () => props.run,
    level,
    () => params.log ?? '',
    () => params.worker ?? '',
  )
  const [workers, setWorkers] = createSignal<string[]>([])
  // Those seen so far stay in the list while one of them is chosen.
  createEffect(() => {
    const seen = log.lines().flatMap(({ worker }) => worker ?? [])
    setWorkers((known) => [...new Set([...known, ...seen, ...(params.worker ? [params.worker] : [])])].sort())
  })
  watchLive({ types: ['run.'], open: () => props.open, changed: () => log.more(), everyMs: 500 })
  let typing: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(typing))
  function search(text: string) {
    clearTimeout(typing)
    typing = setTimeout(() => setParams({ log: text || undefined }, { replace: true }), 250)
  }
  return (
    <section aria-labelledby="log-title">
      <h2 id="log-title">Log</h2>
      <div class="toolbar">
        <select
          aria-label="Level"
          onChange={(event) => setParams({ level: event.currentTarget.value }, { replace: true })}
        >
          <For each={levels}>
            {(name) => (
              <option value={name} selected={name === level()}>
                {name === 'error' ? 'Errors only' : name === 'debug' ? 'Everything' : `From ${name}`}
              </option>
            )}
          </For>
        </select>
        <Show when={workers().length > 0}>
          <WorkerChoice
            workers={workers()}
            chosen={params.worker ?? ''}
            onChoose={(worker) => setParams({ worker: worker || undefined }, { replace: true })}
          />
        </Show>
        <input
          type="search"
          aria-label="Search the log"
          placeholder="Search the log"
          value={params.log ?? ''}
          onInput={(event) => search(event.currentTarget.value.trim())}
        />
        <span class="quiet number">{formatNumber(log.lines().length)} lines</span>
      </div>
      <Show when={log.problem()}>
        {(problem) => <ProblemCard doing="Cannot read the log" problem={problem()} onRetry={log.more} />}
      </Show>
      <DataTable
        caption="Log of the run"
        minWidth="640px"
        rows={log.lines()}
        empty={<p class="quiet">{log.busy() ? 'Reading…' : 'No line fits.'}</p>}
        columns={[
          {
            key: 'at',
            title: 'Time',
            width: '90px',
            cell: (line) => (
              <time datetime={line.at} title={formatMoment(line.at)} class="number">
                {formatClock(line.at)}
              </time>
            ),
          },
          {
            key: 'level',
            title: 'Level',
            width: '70px',
            cell: (line) => (
              <span class="level" data-level={line.level}>
                {line.level}
              </span>
            ),
          },
          {
            key: 'worker',
            title: 'Worker',
            width: '110px',
            cell: (line) => (
              <span class="ellipsis quiet" title={line.worker ?? ''}>
                {line.worker?.split('-').slice(-2).join('-') ?? ''}
              </span>
            ),
          },
          { key: 'message', title: 'Message', cell: (line) => <Message line={line} /> },
        ]}
      />
    </section>
  )
}

function WorkerChoice(props: { workers: string[]; chosen: string; onChoose(worker: string): void }) {
  let select: HTMLSelectElement | undefined
  // The choice may come before its option does.
  createEffect(() => {
    if (select && props.workers.length > 0) select.value = props.chosen
  })
  return (
    <select ref={select} aria-label="Worker" onChange={(event) => props.onChoose(event.currentTarget.value)}>
      <option value="">All workers</option>
      <For each={props.workers}>{(name) => <option value={name}>{name}</option>}</For>
    </select>
  )
}

function Message(props: { line: LogLine }) {
  const fields = () => (Object.keys(props.line.fields).length > 0 ? JSON.stringify(props.line.fields) : '')
  return (
    <span class="ellipsis mono" title={`${props.line.message} ${fields()}`}>
      {props.line.message} <span class="quiet">{fields()}</span>
    </span>
  )
}

type Page = { items: LogLine[]; next: string | null }
type Place = { run: string; level: Level; search: string; worker: string; cursor: string | undefined }

function readPage({ run, level, search, worker, cursor }: Place): Promise<Page> {
  const query = {
    limit: '500',
    level,
    ...(search && { search }),
    ...(worker && { worker }),
    ...(cursor && { cursor }),
  }
  return ok(api.GET('/runs/{run}/logs', { params: { path: { run }, query } }))
}

/** Reads on from the last line, until there is no more for now. */
function createLog(run: () => string, level: () => Level, search: () => string, worker: () => string) {
  const [lines, setLines] = createSignal<LogLine[]>([])
  const [problem, setProblem] = createSignal<ApiProblem>()
  const [busy, setBusy] = createSignal(false)
  let cursor: string | null | undefined
  let asked = 0

  async function more() {
    if (busy() || cursor === null) return
    const mine = asked
    setBusy(true)
    try {
      let count = 1
      while (count > 0 && cursor !== null && mine === asked) {
        const page: Page = await readPage({
          run: run(),
          level: level(),
          search: search(),
          worker: worker(),
          cursor,
        })
        if (mine !== asked) return
        count = page.items.length
        cursor = page.next
        if (count > 0) setLines((before) => [...before, ...page.items])
      }
      setProblem(undefined)
    } catch (error) {
      if (mine === asked) setProblem(toProblem(error))
    } finally {
      if (mine === asked) setBusy(false)
    }
  }
  createEffect(
    on([run, level, search, worker], () => {
      asked++
      cursor = undefined
      setLines([])
      setBusy(false)
      void more()
    }),
  )
  return { lines, problem, busy, more: () => void more() }
}

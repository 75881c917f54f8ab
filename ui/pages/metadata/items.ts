// The items of a run as the table shows them: page by page, without the bodies, which the panel reads one by one.
import { createEffect, createSignal, on } from 'solid-js'
import { type ApiProblem, api, type ItemKind, type Outcome, ok, type RunItem } from '../../api/client.ts'
import { readAll } from '../../api/pages.ts'
import { toProblem } from '../../live/loaded.ts'

export type Row = {
  kind: ItemKind
  name: string
  outcome: Outcome
  action: RunItem['detail']['action']
  message: string | null
  error: string | null
  rules: string[]
  changes: number
}
export type Filter = { kind?: ItemKind; outcome?: Outcome; search?: string }

const PAGE = '200'

function toRow({ kind, name, outcome, detail }: RunItem): Row {
  const { action, message, targetError, rules, changes } = detail
  return {
    kind,
    name,
    outcome,
    action,
    message,
    error: targetError?.reason ?? null,
    rules,
    changes: changes.length,
  }
}

async function readPage(run: string, filter: Filter, cursor?: string) {
  const query = { limit: PAGE, ...filter, ...(cursor && { cursor }) }
  const page = await ok(api.GET('/runs/{run}/items', { params: { path: { run }, query } }))
  return { items: page.items.map(toRow), next: page.next }
}

/** Every row of a run that fits, for sorting, comparing and exporting. */
export function readRows(run: string, filter: Filter): Promise<Row[]> {
  return readAll((cursor) => readPage(run, filter, cursor))
}

/** The rows so far; `more` reads on, `all` reads to the end, `reload` reads again as many as there were. */
export function createItems(run: () => string | undefined, filter: () => Filter) {
  const [rows, setRows] = createSignal<Row[]>()
  const [problem, setProblem] = createSignal<ApiProblem>()
  const [next, setNext] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)
  let asked = 0

  async function read(first: Row[], cursor: string | undefined, until: (count: number) => boolean) {
    const [id, mine] = [run(), ++asked]
    if (!id) return
    setBusy(true)
    try {
      let last: string | null = null
      const found = await readAll(
        async (at) => {
          const page = await readPage(id, filter(), at ?? cursor)
          last = page.next
          return page
        },
        (sofar) => mine === asked && !until(first.length + sofar.length),
      )
      if (mine !== asked) return
      setRows([...first, ...found])
      setNext(last)
      setProblem(undefined)
    } catch (error) {
      if (mine === asked) setProblem(toProblem(error))
    } finally {
      if (mine === asked) setBusy(false)
    }
  }
  const reload = () => read([], undefined, (count) => count >= (rows()?.length ?? 0))
  createEffect(
    on([run, filter], () => {
      setRows(undefined)
      void read([], undefined, () => true)
    }),
  )
  return {
    rows,
    problem,
    busy,
    complete: () => rows() !== undefined && next() === null,
    reload,
    more: () => !busy() && next() && void read(rows() ?? [], next() ?? undefined, () => true),
    all: () => !busy() && next() && void read(rows() ?? [], next() ?? undefined, () => false),
  }
}

/** One item with its bodies. The list finds by a part of the name, so it is read until the very one comes. */
export async function readItem(run: string, kind: ItemKind, name: string): Promise<RunItem | null> {
  let found: RunItem | undefined
  await readAll(
    async (cursor) => {
      const query = { kind, search: name, limit: '20', ...(cursor && { cursor }) }
      const page = await ok(api.GET('/runs/{run}/items', { params: { path: { run }, query } }))
      found ??= page.items.find((item) => item.name === name)
      return { items: [], next: page.next }
    },
    () => found === undefined,
  )
  return found ?? null
}

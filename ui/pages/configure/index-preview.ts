import { createEffect, createSignal, onCleanup } from 'solid-js'
import { type ApiProblem, api, type Indexes, ok } from '../../api/client.ts'
import { toProblem } from '../../live/loaded.ts'
import { isObject } from '../../words/pointer.ts'
import type { Draft } from './draft.ts'

const LOOK_MS = 400

/** Asks the source, through the API, what the patterns mean, a moment after they changed. */
export function createPreview(
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
    if (draft.errors().length > 0) return 'Mend the errors and save; then the indexes are listed here.'
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

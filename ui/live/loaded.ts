import { revalidate } from '@solidjs/router'
import { batch, createComputed, createSignal } from 'solid-js'
import { ApiProblem } from '../api/client.ts'

type Query<A extends unknown[] | [], T> = { (...args: A): Promise<T>; keyFor(...args: A): string }

export type Loaded<T> = {
  /** The last good value; undefined until there is one. */
  value(): T | undefined
  /** Why the last read failed; undefined after one that did not. */
  problem(): ApiProblem | undefined
  /** When the value was read. */
  at(): number | undefined
  reload(): Promise<void>
}

/**
 * Reads a query and keeps the last good value when a later read fails, so that a page can show it with its age.
 * Another set of arguments forgets the value: it belonged to something else. No arguments read nothing.
 */
export function createLoaded<A extends unknown[] | [], T>(
  read: Query<A, T>,
  args: () => NoInfer<A> | undefined,
): Loaded<T> {
  const [value, setValue] = createSignal<T>()
  const [problem, setProblem] = createSignal<ApiProblem>()
  const [at, setAt] = createSignal<number>()
  let current = ''
  let reading = 0

  createComputed(() => {
    const given = args()
    const key = given ? read.keyFor(...given) : ''
    const mine = ++reading
    if (key !== current) {
      current = key
      batch(() => [setValue(undefined), setProblem(undefined), setAt(undefined)])
    }
    if (!given) return
    read(...given).then(
      (found) =>
        mine === reading && batch(() => [setValue(() => found), setProblem(undefined), setAt(Date.now())]),
      (error: unknown) => mine === reading && setProblem(toProblem(error)),
    )
  })

  const reload = async () => {
    const given = args()
    if (given) await revalidate(read.keyFor(...given))
  }
  return { value, problem, at, reload }
}

/** Anything thrown, as what a problem card can show. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  const said = error instanceof Error ? error.message : String(error)
  return new ApiProblem({ status: 0, code: 'page_failed', title: 'This page failed', detail: said })
}

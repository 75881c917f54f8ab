import { createSignal } from 'solid-js'
import type { ApiProblem, FieldError } from '../api/client.ts'
import { toProblem } from './loaded.ts'

export type Submit<A extends unknown[], T> = {
  /** Does it, unless it is being done already. Undefined where it failed or was not done. */
  run(...args: A): Promise<T | undefined>
  busy(): boolean
  problem(): ApiProblem | undefined
  errors(): FieldError[]
  clear(): void
}

/** An act that asks the API: busy until it answered, done once however often the button is pressed. */
export function createSubmit<A extends unknown[], T>(act: (...args: A) => Promise<T>): Submit<A, T> {
  const [busy, setBusy] = createSignal(false)
  const [problem, setProblem] = createSignal<ApiProblem>()

  async function run(...args: A): Promise<T | undefined> {
    if (busy()) return undefined
    setBusy(true)
    setProblem(undefined)
    try {
      return await act(...args)
    } catch (error) {
      setProblem(toProblem(error))
      return undefined
    } finally {
      setBusy(false)
    }
  }
  return { run, busy, problem, errors: () => problem()?.errors ?? [], clear: () => setProblem(undefined) }
}

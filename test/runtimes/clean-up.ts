import { afterAll } from 'vitest'

export type WhenDone = (clean: () => void | Promise<void>) => void

/** Called at the top of a file: what a hook gives it later is cleaned up after the tests, the last first, come what may. */
export function cleanUpAfterAll(): WhenDone {
  const steps: (() => void | Promise<void>)[] = []
  // Registered now, because a hook that is registered while another hook runs is never called.
  afterAll(async () => {
    const failures: unknown[] = []
    for (const step of steps.reverse())
      await Promise.resolve()
        .then(step)
        .catch((error) => failures.push(error))
    if (failures.length > 0) throw new AggregateError(failures, 'cannot clean up after the tests')
  })
  return (step) => steps.push(step)
}

// What stands before the routes of tools: the token of this very run, while the run is open.
import type { MiddlewareHandler } from 'hono'
import { Problem } from '../problems.ts'
import type { AppEnv } from './context.ts'
import { authenticate } from './guard.ts'

/** A run token opens the tool routes of its own run, and dies with the run. */
export function guardRun(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await authenticate(c)
    const { principal, run } = c.var
    if (principal.role !== 'run' || principal.runId !== run.id)
      throw new Problem('not_allowed', 'This route is for the tool of the run')
    if (run.finishedAt !== null) throw new Problem('run_not_open', `The run has ended: ${run.state}`)
    return next()
  }
}

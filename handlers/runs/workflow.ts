// GET /runs/:run/workflow
import { Workflow } from '../../shared/domain/workflow.ts'
import { operation, route } from '../../shared/http/route.ts'
import { readWorkflow, referenceOf } from '../../shared/http/run-workflow.ts'
import { Problem } from '../../shared/problems.ts'

/** Somebody who opens the tree waits for it; longer than this says that the engine is away. */
const WAIT_MS = 5_000

/** The workflow of a heavy run as its engine shows it now: phase, steps, workers. Unknown where it cannot be read. */
export default route().get(
  '/runs/:run/workflow',
  operation({
    id: 'runsWorkflow',
    summary: 'Read the workflow of a run from its engine',
    access: 'viewer',
    returns: { 200: Workflow },
    problems: ['run_not_found', 'workflow_not_found'],
  }),
  async (c) => {
    const reference = referenceOf(c.var.run)
    if (!reference)
      throw new Problem(
        'workflow_not_found',
        `A ${c.var.run.action} run in state ${c.var.run.state} has none`,
      )
    return c.json(await readWorkflow(c.var, c.var.run, reference, WAIT_MS))
  },
)

// GET /runs/:run
import { Run } from '../../shared/domain/run.ts'
import { operation, route } from '../../shared/http/route.ts'

/** One run. It was read together with the token, in one statement. */
export default route().get(
  '/runs/:run',
  operation({
    id: 'runsGet',
    summary: 'Get a run',
    access: 'viewer',
    returns: { 200: Run },
    problems: ['run_not_found'],
  }),
  (c) => c.json(c.var.run),
)

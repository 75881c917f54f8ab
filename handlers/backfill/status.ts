// GET /sessions/:session/backfill/status
import { BackfillStatus } from '../../shared/domain/backfill-status.ts'
import { getBackfillStatus } from '../../shared/http/backfill-status.ts'
import { operation, route } from '../../shared/http/route.ts'

/** How the latest backfill stands: phase, estimate, issues, progress, and the target's own counts with their age. */
export default route().get(
  '/sessions/:session/backfill/status',
  operation({
    id: 'backfillStatus',
    summary: 'Status of the latest backfill',
    access: 'viewer',
    returns: { 200: BackfillStatus },
    problems: ['session_not_found'],
  }),
  async (c) => c.json(await getBackfillStatus(c.var, c.var.session.id)),
)

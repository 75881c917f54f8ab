// GET /sessions/:session/validate/latest_status
import { getActionStatus, LightStatus } from '../../shared/http/light-status.ts'
import { operation, route } from '../../shared/http/route.ts'

/** How the latest validation stands, and what it left behind. */
export default route().get(
  '/sessions/:session/validate/latest_status',
  operation({
    id: 'validateLatestStatus',
    summary: 'Status of the latest validation',
    access: 'viewer',
    returns: { 200: LightStatus },
    problems: ['session_not_found'],
  }),
  async (c) => c.json(await getActionStatus(c, 'validate')),
)

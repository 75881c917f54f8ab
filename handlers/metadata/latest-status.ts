// GET /sessions/:session/metadata/latest_status
import { getActionStatus, LightStatus } from '../../shared/http/light-status.ts'
import { operation, route } from '../../shared/http/route.ts'

/** How the latest metadata run stands, and what it left behind. */
export default route().get(
  '/sessions/:session/metadata/latest_status',
  operation({
    id: 'metadataLatestStatus',
    summary: 'Status of the latest metadata run',
    access: 'viewer',
    returns: { 200: LightStatus },
    problems: ['session_not_found'],
  }),
  async (c) => c.json(await getActionStatus(c, 'metadata')),
)

// GET /sessions/:session/snapshot/status
import { SnapshotStatus } from '../../shared/domain/snapshot.ts'
import { operation, route } from '../../shared/http/route.ts'
import { getSnapshotStatus } from '../../shared/http/snapshot-status.ts'

/** How the latest snapshot run stands, index by index, as last told by the source. */
export default route().get(
  '/sessions/:session/snapshot/status',
  operation({
    id: 'snapshotStatus',
    summary: 'Status of the latest snapshot run',
    access: 'viewer',
    returns: { 200: SnapshotStatus },
    problems: ['session_not_found'],
  }),
  async (c) => c.json(await getSnapshotStatus(c)),
)

// GET /metrics
import { operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

/** Prometheus metrics of this process: routes, queues, runs. A door may close them. */
export default route().get(
  '/metrics',
  operation({
    id: 'systemMetrics',
    summary: 'Prometheus metrics',
    access: 'public',
    returns: { 200: { mediaType: 'text/plain', description: 'Prometheus text format' } },
    problems: ['route_not_found', 'not_on_this_runtime'],
  }),
  async (c) => {
    const { metrics, db, door } = c.var
    const text = await metrics.render(db)
    if (text === null && door.runtime === 'workerd')
      throw new Problem('not_on_this_runtime', 'A Worker has no process to count in; scrape the Node door')
    if (text === null) throw new Problem('route_not_found', 'Metrics are closed on this door')
    return c.text(text, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  },
)

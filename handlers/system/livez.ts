// GET /livez
import * as v from 'valibot'
import { operation, route } from '../../shared/http/route.ts'

const Alive = v.strictObject({ status: v.literal('ok') })

/** Says that the process answers; nothing behind it is asked. */
export default route().get(
  '/livez',
  operation({
    id: 'systemLivez',
    summary: 'Is the process alive',
    access: 'public',
    returns: { 200: Alive },
  }),
  (c) => c.json({ status: 'ok' as const }),
)

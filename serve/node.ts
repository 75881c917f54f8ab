// The API on Node: stateless, as many copies as are wanted. It only sends to queues.
import { parseConfig } from '../shared/config.ts'
import { ensureAdmin } from './parts/admin.ts'
import { createApi, listen } from './parts/api.ts'
import { listenForEvents } from './parts/bell.ts'
import { openContext } from './parts/context.ts'
import { createMetrics } from './parts/metrics.ts'
import { onSignal, required, runDoor } from './parts/process.ts'

await runDoor(async () => {
  const config = parseConfig(process.env)
  const url = required(config, 'DATABASE_URL', 'MA_SECRET_KEY')
  const own = { host: config.MA_HOST, port: config.MA_PORT }
  const context = await openContext({
    config,
    url,
    secretKey: config.MA_SECRET_KEY ?? '',
    name: 'api',
    local: false,
    ownPorts: () => [own],
  })
  if (config.MA_ADMIN_TOKEN) await ensureAdmin(context.db, config.MA_ADMIN_TOKEN)
  const bell = listenForEvents(url, context.log)
  const app = createApi(context, { bell, metrics: createMetrics(config.MA_METRICS === 'open') })
  const server = await listen(app, { host: config.MA_HOST, port: config.MA_PORT })
  own.port = server.port
  onSignal(async () => {
    await server.close()
    await bell.close()
    await context.close()
  })
  console.log(
    `Migration Assistant API is ready: http://${config.MA_HOST}:${server.port}${config.MA_BASE_PATH}`,
  )
})

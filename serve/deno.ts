// The API on Deno: the same as on Node, behind Deno's own server. It only sends to queues. Started with
//   deno run --cached-only --allow-net --allow-env --allow-read --allow-sys=hostname,networkInterfaces serve/deno.ts
import { parseConfig } from '../shared/config.ts'
import { ensureAdmin } from './parts/admin.ts'
import { createApi, portTaken } from './parts/api.ts'
import { listenForEvents } from './parts/bell.ts'
import { openContext } from './parts/context.ts'
import { createMetrics } from './parts/metrics.ts'
import { onSignal, required, runDoor } from './parts/process.ts'

type Peer = { remoteAddr: { hostname: string } }
type Server = { addr: { port: number }; shutdown(): Promise<void> }

/** The little of Deno that has no counterpart in Node. */
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen(): void },
    fetch: (request: Request, peer: Peer) => Response | Promise<Response>,
  ): Server
}

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
  const metrics = createMetrics(config.MA_METRICS === 'open')
  const app = createApi(context, { bell, metrics, runtime: 'deno', addressOf })
  const server = listen(own, (request, peer) => app.fetch(request, peer))
  own.port = server.addr.port
  onSignal(async () => {
    await Promise.race([server.shutdown(), new Promise((late) => setTimeout(late, 2_000))])
    await bell.close()
    await context.close()
  })
  console.log(`Migration Assistant API is ready: http://${config.MA_HOST}:${own.port}${config.MA_BASE_PATH}`)
})

function listen(
  { host, port }: { host: string; port: number },
  fetch: Parameters<typeof Deno.serve>[1],
): Server {
  try {
    return Deno.serve({ hostname: host, port, onListen: () => undefined }, fetch)
  } catch (error) {
    throw error instanceof Error && error.name === 'AddrInUse' ? portTaken(host, port) : error
  }
}

/** Deno hands the peer over where Hono expects the bindings. */
function addressOf(env: unknown): string | null {
  return (env as Peer).remoteAddr.hostname // the second argument of the handler given to Deno.serve
}

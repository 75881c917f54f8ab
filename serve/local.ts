// All in one for a laptop: embedded Postgres, API, jobs and UI. Everything in it is the real thing.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { type Config, parseConfig } from '../shared/config.ts'
import { takeOver } from '../shared/db/take-over.ts'
import { ensureAdmin, oneTimeCode } from './parts/admin.ts'
import { createApi, listen, portTaken } from './parts/api.ts'
import { listenForEvents } from './parts/bell.ts'
import { buildMissing } from './parts/build-ui.ts'
import { openContext } from './parts/context.ts'
import { startPostgres } from './parts/embedded-postgres.ts'
import { startJobs } from './parts/jobs-process.ts'
import { keptSecret, writeSecretFile } from './parts/kept-secret.ts'
import { createMetrics } from './parts/metrics.ts'
import { migrate } from './parts/migrate.ts'
import { onSignal, runDoor } from './parts/process.ts'
import { lockFolder } from './parts/process-lock.ts'

await runDoor(async () => {
  const config = parseConfig(process.env)
  const dataDir = resolve(config.MA_DATA_DIR)
  const say = (line: string) => console.error(line)
  await refuseTakenPort(config)
  const unlock = lockFolder(join(dataDir, 'lock'))
  await buildMissing(say)

  const postgres = config.DATABASE_URL ? undefined : await startPostgres({ dataDir, say, ownSignals: true })
  const url = config.DATABASE_URL ?? postgres?.url ?? ''
  await migrate(url)

  const own = { host: config.MA_HOST, port: config.MA_PORT }
  const base = () => `http://${own.host}:${own.port}${config.MA_BASE_PATH}`
  const secretKey = config.MA_SECRET_KEY ?? keptSecret(join(dataDir, 'secret-key'), randomKey)
  const context = await openContext({
    config,
    url,
    secretKey,
    signingKey: config.MA_SIGNING_KEY ?? keptSecret(join(dataDir, 'signing-key'), randomKey),
    name: 'local',
    local: true,
    ownPorts: () => [own],
    apiUrl: base,
  })
  // The lock says that nobody else uses this folder: what its last process held goes on at once.
  if (postgres) await takeOver(context.db)
  const adminToken =
    config.MA_ADMIN_TOKEN ??
    keptSecret(join(dataDir, 'admin-token'), () => `ma_${randomBytes(32).toString('base64url')}`)
  if (config.MA_ADMIN_TOKEN) writeSecretFile(join(dataDir, 'admin-token'), adminToken)
  const adminId = await ensureAdmin(context.db, adminToken)

  const bell = listenForEvents(url, context.log)
  const app = createApi(context, { bell, metrics: createMetrics(config.MA_METRICS === 'open') })
  const server = await listen(app, { host: config.MA_HOST, port: config.MA_PORT })
  own.port = server.port
  const jobs = await startJobs(context, base)
  onSignal(async () => {
    // Workers check out through the API, so it goes after them.
    await jobs.stop()
    await server.close()
    await bell.close()
    await context.close()
    await postgres?.stop()
    unlock()
  })

  await waitUntilReady(`${base()}/readyz`)
  console.log(`Migration Assistant is ready: ${base()}/ui/#code=${await oneTimeCode(context.db, adminId)}`)
})

/** Told before anything is started, because a first start takes seconds. */
async function refuseTakenPort({ MA_HOST: host, MA_PORT: port }: Config) {
  if (port === 0) return
  const probe = createServer()
  await new Promise<void>((free, taken) => {
    probe.once('error', (error: NodeJS.ErrnoException) =>
      taken(error.code === 'EADDRINUSE' ? portTaken(host, port) : error),
    )
    probe.listen(port, host, free)
  })
  await new Promise((closed) => probe.close(closed))
}

/** 32 random bytes, as a key is written in the environment. */
function randomKey(): string {
  return randomBytes(32).toString('base64')
}

async function waitUntilReady(url: string) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.status === 200) return
    await new Promise((wait) => setTimeout(wait, 100))
  }
  throw new Error(`${url} does not answer 200`)
}

// The jobs process: pg-boss jobs, as many copies as are wanted. SIGTERM lets running jobs check out.
import { parseConfig } from '../shared/config.ts'
import { keepAlive } from './parts/alive.ts'
import { openContext } from './parts/context.ts'
import { startJobs } from './parts/jobs-process.ts'
import { onSignal, required, runDoor } from './parts/process.ts'

await runDoor(async () => {
  const config = parseConfig(process.env)
  const url = required(config, 'DATABASE_URL', 'MA_SECRET_KEY')
  const apiUrl = () =>
    config.MA_PUBLIC_URL ?? `http://${config.MA_HOST}:${config.MA_PORT}${config.MA_BASE_PATH}`
  const context = await openContext({
    config,
    url,
    secretKey: config.MA_SECRET_KEY ?? '',
    name: 'jobs',
    local: false,
    ownPorts: () => [],
    apiUrl,
  })
  const running = await startJobs(context, apiUrl)
  const rest = keepAlive(context.db, config.MA_DATA_DIR)
  onSignal(async () => {
    rest()
    await running.stop()
    await context.close()
  })
  console.log('Migration Assistant jobs process is ready')
})

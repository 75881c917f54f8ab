// Reindex from snapshot: `node tools/rfs/main.ts plan|work|verify` with MA_API_URL, MA_RUN_ID and MA_RUN_TOKEN (the
// id may also be the end of the address: `…/runs/<id>`), or `--config file.json` without a control plane. Exits 0 done,
// 1 failed, 2 bad input, 3 stopped or released.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { armFailpoint } from './arm-failpoint.ts'
import { errorOf } from './failure.ts'
import { accessOf, leave, print, stopSignal, told } from './process.ts'
import { runStandalone, StandaloneConfig } from './standalone.ts'
import { performBackfill } from './steps.ts'
import { runUnderApi } from './under-api.ts'

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { config: { type: 'string' } },
    allowPositionals: true,
  })
  const stop = stopSignal(process.env)
  if (values.config !== undefined) {
    const text = await readFile(values.config, 'utf8')
    const config = v.parse(StandaloneConfig, JSON.parse(text))
    return await told(stop, () => runStandalone(config, `${values.config}.artifacts`, print, stop))
  }
  const { step, access } = accessOf(positionals[0] ?? '', process.env)
  return await told(stop, () => runUnderApi(step, access, stop, performBackfill))
}

armFailpoint(process.env)
try {
  process.exitCode = await main()
} catch (error) {
  const message = error instanceof v.ValiError ? readable(error) : errorOf(error).message
  print({ type: 'error', code: 'invalid_input', message })
  process.exitCode = 2
}
leave()

function readable(error: v.ValiError<typeof StandaloneConfig>): string {
  return error.issues.map((issue) => `${v.getDotPath(issue) ?? 'config'}: ${issue.message}`).join('; ')
}

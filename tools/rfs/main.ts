// Reindex from snapshot: `node tools/rfs/main.ts plan|work|verify` with MA_API_URL, MA_RUN_ID and MA_RUN_TOKEN (the
// id may also be the end of the address: `…/runs/<id>`), or `--config file.json` without a control plane. Exits 0 done,
// 1 failed, 2 bad input, 3 stopped or released.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { armFailpoint } from './arm-failpoint.ts'
import { errorOf } from './failure.ts'
import { type Print, runStandalone, StandaloneConfig } from './standalone.ts'
import { runStep, type Step } from './steps.ts'

const steps: readonly string[] = ['plan', 'work', 'verify']
const isStep = (text: string): text is Step => steps.includes(text)

const print: Print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

/** Ends with the process that started this one, where that one said so: a worker must not outlive its supervisor. */
function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => stop.abort(new Error(`stopped by ${name}`)))
  if (process.env.MA_TIE_STDIN === '1') {
    const end = () => stop.abort(new Error('stopped: standard input was closed'))
    process.stdin.on('end', end).on('close', end).on('error', end).resume()
  }
  return stop.signal
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { config: { type: 'string' } },
    allowPositionals: true,
  })
  const stop = stopSignal()
  const [step = ''] = positionals
  if (values.config !== undefined) {
    const text = await readFile(values.config, 'utf8')
    const config = v.parse(StandaloneConfig, JSON.parse(text))
    return await told(stop, () => runStandalone(config, `${values.config}.artifacts`, print, stop))
  }
  const { MA_API_URL: api, MA_RUN_ID: run, MA_RUN_TOKEN: token } = process.env
  if (!isStep(step) || !api || !token || !(run || /\/runs\/[^/]+\/?$/.test(api)))
    throw new TypeError(
      'Say plan, work or verify with MA_API_URL, MA_RUN_ID and MA_RUN_TOKEN, or --config file.json',
    )
  const url = run ? `${api.replace(/\/+$/, '')}/runs/${encodeURIComponent(run)}` : api
  // Reports are numbered and files are named by worker: one that was started again is another.
  const worker = `${(process.env.MA_WORKER ?? step).slice(0, 90)}-${randomBytes(4).toString('hex')}`
  return await told(stop, () => runStep(step, { url, token, worker }, stop))
}

async function told(stop: AbortSignal, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    print({ type: 'error', ...errorOf(error) })
    return stop.aborted ? 3 : 1
  }
}

armFailpoint(process.env)
try {
  process.exitCode = await main()
} catch (error) {
  const message = error instanceof v.ValiError ? readable(error) : errorOf(error).message
  print({ type: 'error', code: 'invalid_input', message })
  process.exitCode = 2
}
// Handles that are still open (standard input, sockets of an aborted request) must not keep the process.
if (process.stdout.writableLength === 0) process.exit()
else process.stdout.once('drain', () => process.exit())

function readable(error: v.ValiError<typeof StandaloneConfig>): string {
  return error.issues.map((issue) => `${v.getDotPath(issue) ?? 'config'}: ${issue.message}`).join('; ')
}

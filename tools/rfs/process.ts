// What the processes of heavy tools share: how they are told what to do, how they end, and what they say of it.
import { randomBytes } from 'node:crypto'
import { errorOf } from './failure.ts'
import type { Access, Step } from './under-api.ts'

export type Environment = Record<string, string | undefined>

export type Print = (line: { type: string } & Record<string, unknown>) => void

export const print: Print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

const steps: readonly string[] = ['plan', 'work', 'verify']
const isStep = (text: string): text is Step => steps.includes(text)

/** Ends with the process that started this one, where that one said so: a worker must not outlive its supervisor. */
export function stopSignal(env: Environment): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => stop.abort(new Error(`stopped by ${name}`)))
  if (env.MA_TIE_STDIN === '1') {
    const end = () => stop.abort(new Error('stopped: standard input was closed'))
    process.stdin.on('end', end).on('close', end).on('error', end).resume()
  }
  return stop.signal
}

/** The step to do and the way to the control plane, from the command line and the environment. Throws `TypeError`. */
export function accessOf(step: string, env: Environment): { step: Step; access: Access } {
  const { MA_API_URL: api, MA_RUN_ID: run, MA_RUN_TOKEN: token } = env
  if (!isStep(step) || !api || !token || !(run || /\/runs\/[^/]+\/?$/.test(api)))
    throw new TypeError(
      'Say plan, work or verify with MA_API_URL, MA_RUN_ID and MA_RUN_TOKEN, or --config file.json',
    )
  const url = run ? `${api.replace(/\/+$/, '')}/runs/${encodeURIComponent(run)}` : api
  // Reports are numbered and files are named by worker: one that was started again is another.
  const worker = `${(env.MA_WORKER ?? step).slice(0, 90)}-${randomBytes(4).toString('hex')}`
  return { step, access: { url, token, worker } }
}

/** The exit code of `run`; an error is told, and is 3 where the process was to stop. */
export async function told(stop: AbortSignal, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    print({ type: 'error', ...errorOf(error) })
    return stop.aborted ? 3 : 1
  }
}

/** Handles that are still open (standard input, sockets of an aborted request) must not keep the process. */
export function leave(): void {
  if (process.stdout.writableLength === 0) process.exit()
  else process.stdout.once('drain', () => process.exit())
}

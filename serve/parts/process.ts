import type { Config } from '../../shared/config.ts'
import { armFailpoint } from '../../tools/rfs/arm-failpoint.ts'

/** Runs a door; what stops the start is said in words, without a stack. */
export async function runDoor(start: () => Promise<void>): Promise<void> {
  try {
    armFailpoint(process.env)
    await start()
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  }
}

/** The first of the variables, once all of them are there; every missing one is named at once. */
export function required(config: Config, ...names: [keyof Config, ...(keyof Config)[]]): string {
  const missing = names.filter((name) => config[name] === undefined)
  if (missing.length > 0)
    throw new Error(
      `The environment is not usable:\n${missing.map((name) => `  ${name}: expected, and not there`).join('\n')}`,
    )
  return String(config[names[0]])
}

const GRACE_MS = 15_000

/** Ends cleanly on SIGTERM and SIGINT; a second signal, or 15 seconds, ends at once. */
export function onSignal(stop: () => Promise<void>): void {
  let stopping = false
  const end = (signal: string) => {
    if (stopping) process.exit(1)
    stopping = true
    setTimeout(() => process.exit(1), GRACE_MS).unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`Did not stop cleanly on ${signal}:`, error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => end('SIGTERM'))
  process.on('SIGINT', () => end('SIGINT'))
}

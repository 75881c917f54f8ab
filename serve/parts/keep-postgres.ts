// Keeps the Postgres of the local door running: where it ends without being asked to, it is started again.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from './process-lock.ts'

const LOOK_MS = 500

/** `again` starts it on the same port, so that everybody's address of it stays true. */
export function keepPostgres<Running extends { stop(): Promise<void> }>(
  first: Running,
  folder: string,
  again: () => Promise<Running>,
  say: (line: string) => void,
): Running {
  let current = first
  let looking: Promise<void> | undefined
  const look = async () => {
    if (isAlive(postmasterOf(folder))) return
    say('Postgres has ended; it is started again')
    current = await again()
  }
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => say(`${error instanceof Error ? error.message : error}`))
      .finally(() => {
        looking = undefined
      })
  }, LOOK_MS)
  timer.unref()
  return {
    ...first,
    async stop() {
      clearInterval(timer)
      await looking
      // One that is gone says nothing more, so nobody waits for it.
      if (isAlive(postmasterOf(folder))) await current.stop()
    },
  }
}

function postmasterOf(folder: string): number {
  try {
    return Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return 0
  }
}

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const project = join(import.meta.dirname, '../..')
const dist = join(project, 'ui/dist')

/** Builds the UI where a fresh checkout has none yet. A build that fails is said; the API works without it. */
export async function buildMissing(say: (line: string) => void): Promise<void> {
  if (existsSync(join(dist, 'index.html')) || !existsSync(join(project, 'ui/vite.config.ts'))) return
  say('building the UI, once')
  // Built aside and moved, so that two first starts at once, or one that is killed, leave no half of it.
  const aside = join(project, `node_modules/.ui-${process.pid}`)
  try {
    await build(aside)
    await rename(aside, dist)
  } catch (error) {
    if (!existsSync(join(dist, 'index.html')))
      say(`the UI is not served, its build failed: ${reasonOf(error)}`)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

async function build(folder: string): Promise<void> {
  const vite = join(project, 'node_modules/vite/bin/vite.js')
  await promisify(execFile)(
    process.execPath,
    [vite, 'build', 'ui', '--config', 'ui/vite.config.ts', '--outDir', folder, '--logLevel', 'warn'],
    { cwd: project },
  )
}

/** What vite wrote rather than how it was called. */
function reasonOf(error: unknown): string {
  const written = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  return (written || String(error)).slice(0, 2_000)
}

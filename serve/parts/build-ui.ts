import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const project = join(import.meta.dirname, '../..')
const dist = join(project, 'ui/dist')

/** Builds the UI where there is none yet, or an older one. A build that fails is said; the API works without it. */
export async function buildMissing(say: (line: string) => void): Promise<void> {
  if (!existsSync(join(project, 'ui/vite.config.ts')) || !(await isStale(join(project, 'ui'), dist))) return
  say('building the UI, once')
  // Built aside and moved, so that two first starts at once, or one that is killed, leave no half of it.
  const aside = join(project, `node_modules/.ui-${process.pid}`)
  try {
    await build(aside)
    if (existsSync(dist)) await rename(dist, `${aside}-old`)
    await rename(aside, dist)
  } catch (error) {
    const served = existsSync(join(dist, 'index.html')) ? 'is an older one' : 'is not served'
    say(`the UI ${served}, its build failed: ${reasonOf(error)}`)
  } finally {
    await rm(aside, { recursive: true, force: true })
    await rm(`${aside}-old`, { recursive: true, force: true })
  }
}

/** Whether a file of `sources` is newer than what was built of them: after an upgrade the page must be of its API. */
export async function isStale(sources: string, built: string): Promise<boolean> {
  const page = await stat(join(built, 'index.html')).catch(() => null)
  if (page === null) return true
  for (const entry of await readdir(sources, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || /[/\\](dist|node_modules)[/\\]/.test(path.slice(sources.length))) continue
    if ((await stat(path)).mtimeMs > page.mtimeMs) return true
  }
  return false
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

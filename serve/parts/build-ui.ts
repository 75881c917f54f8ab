import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const project = join(import.meta.dirname, '../..')

/** Builds the UI where a fresh checkout has none yet. */
export async function buildMissing(say: (line: string) => void): Promise<void> {
  if (existsSync(join(project, 'ui/dist/index.html')) || !existsSync(join(project, 'ui/vite.config.ts')))
    return
  say('building the UI, once')
  const vite = join(project, 'node_modules/vite/bin/vite.js')
  await promisify(execFile)(
    process.execPath,
    [vite, 'build', 'ui', '--config', 'ui/vite.config.ts', '--logLevel', 'warn'],
    { cwd: project },
  )
}

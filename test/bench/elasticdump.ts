// elasticdump, installed into a folder of its own for the time of a bench: it is no dependency of the product.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Source } from './source.ts'

const run = promisify(execFile)
const VERSION = '6.125.1'
const LIMITS = [1_000, 5_000]

export type Elasticdump = { file: string; version: string }

/** Null, and said so, where the registry cannot be reached. */
export async function installElasticdump(): Promise<Elasticdump | null> {
  const folder = await mkdtemp(join(tmpdir(), 'ma-bench-dump-'))
  try {
    await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `elasticdump@${VERSION}`])
    const home = join(folder, 'node_modules/elasticdump')
    const { version, bin } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'))
    return { file: join(home, bin.elasticdump), version }
  } catch (error) {
    console.error(`elasticdump cannot be installed: ${error instanceof Error ? error.message : error}`)
    return null
  }
}

/** The shortest time of several batch sizes, in milliseconds. */
export async function dumpWith(
  { file }: Elasticdump,
  { source, target, documents }: { source: Source; target: string; documents: number },
): Promise<number> {
  const times: number[] = []
  for (const limit of LIMITS) {
    const started = performance.now()
    await run(
      process.execPath,
      [
        file,
        `--input=${source.engine.url}/${source.index}`,
        `--output=${target}/${source.index}`,
        '--type=data',
        `--limit=${limit}`,
        `--size=${documents}`,
        '--noRefresh',
      ],
      { maxBuffer: 64 << 20 },
    )
    times.push(performance.now() - started)
  }
  return Math.min(...times)
}

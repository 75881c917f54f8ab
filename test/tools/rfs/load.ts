// Runs the tool as a library and reads the target back, for tests against real engines.
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as v from 'valibot'
import { runStandalone, StandaloneConfig } from '../../../tools/rfs/standalone.ts'
import { linesOf } from './whole-index.ts'

export type Line = { type: string } & Record<string, unknown>

export async function load(config: unknown, stop = new AbortController().signal) {
  const folder = await mkdtemp(join(tmpdir(), 'rfs-'))
  const lines: Line[] = []
  const parsed = v.parse(StandaloneConfig, config)
  const run = runStandalone(parsed, folder, (line) => lines.push(line), stop)
  const code = await run.catch((error: unknown) => {
    lines.push({
      type: 'error',
      error,
      ...(error instanceof Error && 'code' in error ? { code: error.code } : {}),
    })
    return 1
  })
  return {
    code,
    lines,
    failed: await readFailed(folder),
    issues: lines.filter(({ type }) => type === 'issue'),
  }
}

/** The records of all failed-document files in a folder. */
export async function readFailed(folder: string): Promise<Record<string, unknown>[]> {
  const records: Record<string, unknown>[] = []
  for (const name of (await readdir(folder)).sort())
    for (const line of gunzipSync(await readFile(join(folder, name)))
      .toString('utf8')
      .split('\n'))
      if (line !== '') records.push(JSON.parse(line))
  return records
}

/** `id|routing|sha256` of every document of an index, sorted; the source as the target stores it, byte for byte. */
export async function targetLines(url: string, index: string): Promise<string[]> {
  return (await linesOf(url, index)).sort()
}

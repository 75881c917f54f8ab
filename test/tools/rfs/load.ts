// Runs the tool as a library and reads the target back, for tests against real engines.
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import * as v from 'valibot'
import { runStandalone, StandaloneConfig } from '../../../tools/rfs/standalone.ts'
import { ask, type Engine, sha256, takeSnapshot } from '../snapshot/source-engine.ts'

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

type Hits = { hits: { hits: { _id: string; _routing?: string }[] }; _scroll_id: string }

/** `id|routing|sha256` of every document of an index, sorted; the source as the target stores it, byte for byte. */
export async function targetLines(url: string, index: string): Promise<string[]> {
  await ask(url, 'POST', `/${index}/_refresh`)
  const found: Hits['hits']['hits'] = []
  let page = await ask<Hits>(url, 'POST', `/${index}/_search?scroll=1m`, { size: 1_000, _source: false })
  while (page.hits.hits.length > 0) {
    found.push(...page.hits.hits)
    page = await ask<Hits>(url, 'POST', '/_search/scroll', { scroll: '1m', scroll_id: page._scroll_id })
  }
  const lines: string[] = []
  for (let at = 0; at < found.length; at += 16)
    lines.push(
      ...(await Promise.all(
        found.slice(at, at + 16).map(async ({ _id, _routing }) => {
          const query = _routing === undefined ? '' : `?routing=${encodeURIComponent(_routing)}`
          const response = await fetch(`${url}/${index}/_source/${encodeURIComponent(_id)}${query}`)
          return [_id, _routing ?? '', sha256(new Uint8Array(await response.arrayBuffer()))].join('|')
        }),
      )),
    )
  return lines.sort()
}

/** Engines before 7.6 take one snapshot at a time, and another suite may be taking one. */
export async function snapshotOf(engine: Engine, index: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await takeSnapshot(engine, [index])
    } catch (error) {
      if (attempt > 60 || !String(error).includes('concurrent_snapshot')) throw error
      await sleep(500)
    }
  }
}

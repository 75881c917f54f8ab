// Planning over many shards takes time by the shard and no memory by it. MA_SCALE_SHARDS=50000 is what is promised;
// without it there are as many as a quick test has time for.
import { rmSync } from 'node:fs'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { ClusterClient } from '../../../shared/cluster/client.ts'
import { responseOf } from '../../../shared/cluster/response.ts'
import { BackfillPlan } from '../../../shared/domain/backfill.ts'
import type { Report } from '../../../shared/domain/report.ts'
import { MemoryWorkItems } from '../../../tools/rfs/memory-work-items.ts'
import { plan } from '../../../tools/rfs/plan.ts'
import { makeRepository } from '../snapshot/made-repository.ts'

const SHARDS = Number(process.env.MA_SCALE_SHARDS ?? 2_000)
const INDEXES = SHARDS / 100
const report: Report = { progress() {}, item() {}, issue() {}, log() {}, async artifact() {} }

/** A target that has all the indexes, empty. */
function targetOf(names: string[]): ClusterClient {
  const rows = names.map((index) => ({
    index,
    status: 'open',
    health: 'green',
    pri: '1',
    rep: '0',
    'docs.count': '0',
  }))
  const settings = Object.fromEntries(
    names.map((name) => [name, { settings: { 'index.number_of_shards': '1' } }]),
  )
  const answers: [path: RegExp, body: unknown][] = [
    [/^\/_cat\/indices$/, rows],
    [/^\/_data_stream$/, { data_streams: [] }],
    [/\/_settings$/, settings],
    [/./, {}],
  ]
  return {
    connection: { role: 'target', endpoint: 'http://target.example' },
    async send({ path }) {
      const body = answers.find(([pattern]) => pattern.test(path))?.[1]
      const bytes = new TextEncoder().encode(JSON.stringify(body))
      return responseOf({ status: 200, headers: new Headers(), bytes }, 'http://target.example')
    },
    async close() {},
  }
}

test(`${SHARDS} shards of ${INDEXES} indexes are planned whole, in bounded time and memory`, {
  timeout: 600_000,
}, async () => {
  const { path, snapshot, indexes } = makeRepository(INDEXES, 100)
  const client = targetOf(indexes)
  const full = v.parse(BackfillPlan, {})
  const workItems = new MemoryWorkItems(full)
  const target = {
    role: 'target' as const,
    endpoint: 'http://target.example',
    credentials: { type: 'none' as const },
  }
  const run = { id: 'r', sessionId: 's' }
  const assignment = {
    run,
    repository: { type: 'fs' as const, path },
    snapshot,
    plan: full,
    target,
    written: [],
    retry: null,
    expiresAt: null,
  }
  const [before, started] = [process.memoryUsage().rss, performance.now()]
  try {
    const result = await plan({ assignment, workItems, report, client }, new AbortController().signal)

    const tookMs = performance.now() - started
    const grownBytes = process.memoryUsage().rss - before
    console.log(
      `planned ${SHARDS} shards in ${Math.round(tookMs)} ms, ${Math.round(grownBytes / 1e6)} MB more`,
    )
    expect(result).toMatchObject({ shards: SHARDS, indexes: INDEXES, items: workItems.items.size })
    expect(result.documents).toBe(SHARDS * ((result.documents ?? 0) / SHARDS))
    expect(workItems.items.size).toBeGreaterThanOrEqual(SHARDS)
    expect(tookMs / SHARDS, 'milliseconds for each shard').toBeLessThan(25)
    // The items themselves are held here and not by the tool, which gives them away by the thousand.
    expect(grownBytes).toBeLessThan(300_000_000)
  } finally {
    rmSync(path, { recursive: true })
  }
})

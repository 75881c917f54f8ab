// The target side of a comparison in bad weather, at the interface we own: what no healthy engine would answer.

import * as v from 'valibot'
import { expect, test } from 'vitest'
import { type ClusterClient, ClusterFailure, type ClusterRequest } from '../../../shared/cluster/client.ts'
import { responseOf } from '../../../shared/cluster/response.ts'
import { ValidatePlan } from '../../../shared/domain/validate.ts'
import { MemoryWorkItems } from '../../../tools/rfs/memory-work-items.ts'
import { TokenBucket } from '../../../tools/rfs/token-bucket.ts'
import { work } from '../../../tools/rfs/work.ts'
import { Digest, DocumentHasher } from '../../../tools/validate/digest.ts'
import { bucketOf, DocumentId } from '../../../tools/validate/document-id.ts'
import { TargetTask } from '../../../tools/validate/target-task.ts'
import type { ComparisonWorker } from '../../../tools/validate/worker.ts'

const DOCUMENTS = 1_000
const aSource = (i: number) => `{"n":${i},"one":1.0}`

type Page = { status?: number; body: object } | null
/** What the shard answers instead, at its nth page. */
type Weather = (page: number, size: number) => Page

/** A shard that answers as OpenSearch does: one view, pages by `search_after`. */
function aShard(weather: Weather) {
  let pages = 0
  let views = 0
  const shards = { total: 1, successful: 1, failed: 0 }
  const answer = (request: ClusterRequest): Exclude<Page, null> => {
    if (request.method === 'DELETE') return { body: {} }
    if (request.path.endsWith('/point_in_time'))
      return { body: { pit_id: `view-${++views}`, _shards: shards } }
    const asked = JSON.parse(String(request.body))
    if (asked.size === 0)
      return { body: { timed_out: false, _shards: shards, hits: { total: { value: DOCUMENTS }, hits: [] } } }
    const instead = weather(++pages, asked.size)
    if (instead) return instead
    const from = asked.search_after ? asked.search_after[0] + 1 : 0
    const ids = Array.from(
      { length: Math.max(0, Math.min(asked.size, DOCUMENTS - from)) },
      (_, n) => from + n,
    )
    const hits = ids.map((i) => ({
      _index: 'i',
      _id: `id-${i}`,
      _source: `source ${i}`,
      sort: [i],
    }))
    return { body: { pit_id: asked.pit.id, timed_out: false, _shards: shards, hits: { hits } } }
  }
  const client: ClusterClient = {
    connection: { role: 'target', endpoint: 'https://target.example' },
    async send(request) {
      const { status = 200, body } = answer(request)
      // Sources go in as they are written, as an engine copies them.
      const text = JSON.stringify(body).replace(/"source (\d+)"/g, (_, i) => aSource(Number(i)))
      const bytes = new TextEncoder().encode(text)
      return responseOf({ status, headers: new Headers(), bytes }, 'https://target.example')
    },
    close: async () => {},
  }
  return { client, views: () => views }
}

async function compare(weather: Weather) {
  const { client, views } = aShard(weather)
  const plan = v.parse(ValidatePlan, {})
  // Failed parts wait for seconds before they are tried again; here nobody waits that long.
  let passed = 0
  const workItems = new MemoryWorkItems(
    { batchBytes: 1_024, concurrency: 1, rateLimit: null },
    () => Date.now() + passed,
  )
  const lease = workItems.lease.bind(workItems)
  workItems.lease = async (name, max) => {
    const answer = await lease(name, max)
    if (answer.next === 'wait') passed += 5_000
    return { ...answer, retryAfterMs: 0 }
  }
  const spec = { index: 'i', targetIndex: 'i', shard: 0, segment: 'target', from: 0, to: DOCUMENTS }
  const item = { key: 'a', spec: { ...spec, side: 'target' as const }, expected: null, bytes: 1, priority: 0 }
  await workItems.plan([], [item], true)
  const none = { source: new TokenBucket(), target: new TokenBucket() }
  const results: string[] = []
  const report = { item() {}, issue() {}, log() {}, progress() {}, artifact: async () => {} }
  const worker = { worker: 'w', workItems, report, client, plan, pit: true, documents: none, bytes: none }
  const holder = {
    ...worker,
    apply() {},
    itemsAtOnce: () => 2,
    state: () => ({ waitingFor: null, concurrency: 1 }),
    checkpointMs: 5,
    pageLimit: () => 100,
  } as unknown as ComparisonWorker // the parts of a worker that this side uses
  const taskOf = (
    leased: ConstructorParameters<typeof TargetTask>[1],
    signals: ConstructorParameters<typeof TargetTask>[2],
  ) => {
    const task = new TargetTask(holder, leased, signals)
    const result = task.result.bind(task)
    task.result = () => {
      results.push(result())
      return result()
    }
    return task
  }
  const ended = AbortSignal.timeout(20_000)
  await work(holder, taskOf, ended)
  const kept = workItems.items.get('a')
  return {
    state: kept?.state,
    error: kept?.error ?? null,
    counts: kept?.counts,
    result: results.at(-1),
    views: views(),
  }
}

function expected(): string {
  const digest = new Digest()
  const hasher = new DocumentHasher()
  for (let i = 0; i < DOCUMENTS; i++) {
    const id = DocumentId.of(`id-${i}`)
    digest.add(bucketOf(id), hasher.hash(id, undefined, Buffer.from(aSource(i))))
  }
  return digest.encode()
}

const gone = {
  status: 404,
  body: {
    error: { type: 'search_context_missing_exception', reason: 'No search context found for id [7]' },
    status: 404,
  },
}
const inPart = {
  body: { timed_out: true, _shards: { total: 1, successful: 1, failed: 0 }, hits: { hits: [] } },
}
const oneFailed = {
  body: {
    timed_out: false,
    _shards: { total: 1, successful: 0, failed: 1, failures: [{ shard: 0 }] },
    hits: { hits: [] },
  },
}

test('in fair weather every document is read once, as it is written', async () => {
  const end = await compare(() => null)

  expect(end).toMatchObject({ state: 'done', counts: { written: DOCUMENTS }, views: 1 })
  expect(end.result).toBe(expected())
})

test('a view that ran out is opened anew, and no document counts twice', async () => {
  const end = await compare((page) => (page === 5 ? gone : null))

  expect(end).toMatchObject({ state: 'done', counts: { written: DOCUMENTS }, views: 2 })
  expect(end.result).toBe(expected())
})

test('a view that runs out again and again is given up, with what to do', async () => {
  const end = await compare((page) => (page % 2 === 0 ? gone : null))

  expect(end).toMatchObject({ state: 'failed', error: { code: 'view_expired', retryable: false } })
  expect(end.error?.remedy).toContain('keepAliveSeconds')
})

/** As the client says it of an answer that it does not read to its end. */
function tooLarge(): never {
  throw new ClusterFailure('protocol', 'Cannot read the answer: it is larger than 67108864 bytes', {
    evidence: { maxBytes: 67_108_864 },
  })
}

test('a page that is too large is asked for in smaller ones, whichever it is', async () => {
  const end = await compare((page, size) => (page % 7 < 3 && size > 2 ? tooLarge() : null))

  expect(end).toMatchObject({ state: 'done', counts: { written: DOCUMENTS }, views: 1 })
  expect(end.result).toBe(expected())
})

test('a document that is too large by itself fails its part', async () => {
  const end = await compare((page) => (page > 2 ? tooLarge() : null))

  expect(end).toMatchObject({ state: 'failed', error: { message: expect.stringContaining('larger than') } })
}, 120_000)

test.each([
  ['times out', inPart],
  ['fails', oneFailed],
])('a shard that %s once is asked again, and its part is no end', async (_, weather) => {
  const end = await compare((page) => (page === 3 ? weather : null))

  expect(end).toMatchObject({ state: 'done', counts: { written: DOCUMENTS } })
  expect(end.result).toBe(expected())
})

test('a shard that always times out fails its part: it never passes for empty', async () => {
  const end = await compare(() => inPart)

  expect(end).toMatchObject({ state: 'failed', error: { code: 'partial_answer' }, counts: { written: 0 } })
}, 120_000)

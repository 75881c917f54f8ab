// The sender against a target that answers what the test says.
import { expect, test } from 'vitest'
import { type ClusterClient, ClusterFailure, type ClusterRequest } from '../../../shared/cluster/client.ts'
import { BulkBatch } from '../../../tools/rfs/bulk-batch.ts'
import { BulkSender } from '../../../tools/rfs/bulk-sender.ts'
import { Congestion } from '../../../tools/rfs/congestion.ts'
import { TokenBucket } from '../../../tools/rfs/token-bucket.ts'
import { Waiting } from '../../../tools/rfs/waiting.ts'

type Item = { status: number; error?: { type: string; reason: string; caused_by?: object } }
type Answer = {
  status?: number
  body?: unknown
  headers?: Record<string, string>
  items?: (id: string) => Item
}

const ok: Item = { status: 201 }
const rejected: Item = { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'full' } }
const conflict: Item = { status: 409, error: { type: 'version_conflict_engine_exception', reason: 'there' } }
const wrong: Item = { status: 400, error: { type: 'mapper_parsing_exception', reason: 'bad' } }
const flood: Item = {
  status: 403,
  error: {
    type: 'cluster_block_exception',
    reason: 'index [i] blocked by: [FORBIDDEN/12/index read-only / allow delete (api)]',
  },
}

/** Answers one request after the other; the last answer stays. */
function aTarget(...answers: (Answer | Error)[]) {
  const sent: string[][] = []
  let waitingFor: (string | undefined)[] = []
  const client: ClusterClient = {
    connection: { role: 'target', endpoint: 'http://target' },
    async send({ body }: ClusterRequest) {
      const lines = Buffer.from(body ?? '')
        .toString('utf8')
        .split('\n')
      const ids = lines.filter((_, i) => i % 2 === 0 && lines[i]).map((line) => JSON.parse(line).index._id)
      waitingFor = [...waitingFor, waiting.state().waitingFor?.code]
      const answer = answers[Math.min(sent.length, answers.length - 1)]
      sent.push(ids)
      if (answer instanceof Error) throw answer
      const { status = 200, headers = {}, items = () => ok } = answer ?? {}
      const all = ids.map((id) => ({ index: items(id) }))
      const json = answer?.body ?? { errors: all.some(({ index }) => index.error), items: all }
      const bytes = Buffer.from(JSON.stringify(json))
      return { status, headers: new Headers(headers), bytes, text: () => bytes.toString(), json: () => json }
    },
    async close() {},
  }
  const congestion = new Congestion(4)
  const waiting = new Waiting(congestion, [])
  const [documents, bytes] = [new TokenBucket(), new TokenBucket()]
  const backoffMs: [number, number] = [1, 4]
  const sender = new BulkSender({
    client,
    congestion,
    documents,
    bytes,
    waiting,
    backoffMs,
    patienceMs: 1_000,
  })
  return { sender, sent, congestion, waiting, waitedFor: () => waitingFor }
}

function aBatch(...ids: string[]) {
  const batch = new BulkBatch(Buffer.alloc(4_096))
  const source = Buffer.from('{"a":1}')
  for (const [doc, id] of ids.entries()) batch.add('index', { doc, id, source, sourceLength: 7 })
  return batch
}

const options = () => {
  const { signal } = new AbortController()
  return { signal, halt: signal, mayWrite: async () => {} }
}

test('only the documents that were turned away are sent again', async () => {
  const { sender, sent, congestion } = aTarget(
    { items: (id) => (id === 'b' || id === 'd' ? rejected : ok) },
    { items: (id) => (id === 'd' ? rejected : ok) },
    {},
  )

  const delivery = await sender.send('i', aBatch('a', 'b', 'c', 'd'), options())

  expect(sent).toEqual([['a', 'b', 'c', 'd'], ['b', 'd'], ['d']])
  expect(delivery).toEqual({ refused: [], uncertain: new Set() })
  expect(congestion.pressure).toBe('rejected')
})

test('what the target will never take is told with its reason, and the rest is written', async () => {
  const { sender, sent } = aTarget({ items: (id) => ({ a: wrong, b: conflict })[id] ?? ok })

  const { refused } = await sender.send('i', aBatch('a', 'b', 'c'), options())

  expect(sent).toHaveLength(1)
  expect(refused.map(({ entry, type, conflict }) => [entry.id, type, conflict])).toEqual([
    ['a', 'mapper_parsing_exception', false],
    ['b', 'version_conflict_engine_exception', true],
  ])
})

test('a full disk is waited for and said, not held against the documents', async () => {
  const { sender, sent, waitedFor, waiting } = aTarget({ items: () => flood }, { items: () => flood }, {})

  const { refused } = await sender.send('i', aBatch('a'), options())

  expect(refused).toEqual([])
  expect(sent).toHaveLength(3)
  expect(waitedFor().at(-1)).toBe('flood_stage')
  expect(waiting.state().waitingFor).toBeNull()
})

test('Retry-After of a 429 is waited for', async () => {
  const { sender } = aTarget({ status: 429, headers: { 'retry-after': '1' }, body: {} }, {})
  const from = Date.now()

  await sender.send('i', aBatch('a'), options())

  expect(Date.now() - from).toBeGreaterThan(950)
})

test.each([
  ['a lost connection', new ClusterFailure('tcp', 'reset', { retryable: true }), 'unreachable'],
  ['no answer in time', new ClusterFailure('timeout', 'late', { retryable: true }), 'timeout'],
])('after %s the batch is sent again, and known to be uncertain', async (_, failure, pressure) => {
  const { sender, sent, congestion } = aTarget(failure, { items: () => conflict })

  const { refused, uncertain } = await sender.send('i', aBatch('a', 'b'), options())

  expect(sent).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ])
  expect(refused.map(({ entry }) => uncertain.has(entry))).toEqual([true, true])
  expect(congestion.pressure).toBe(pressure)
})

test.each([
  [413, 'too_large'],
  [400, 'status_400'],
])('a body refused with %i is halved until the document is found', async (status, type) => {
  const batch = aBatch('a', 'b', 'bad', 'd')
  const picky: ClusterClient = {
    connection: { role: 'target', endpoint: 'http://target' },
    async send({ body }) {
      const text = Buffer.from(body ?? '').toString('utf8')
      const refused = text.includes('"bad"')
      const count = text.split('\n').length >> 1
      const json = refused ? {} : { errors: false, items: Array(count).fill({ index: ok }) }
      const bytes = Buffer.from(JSON.stringify(json))
      return {
        status: refused ? status : 200,
        headers: new Headers(),
        bytes,
        text: () => '',
        json: () => json,
      }
    },
    async close() {},
  }
  const congestion = new Congestion(2)
  const rates = { documents: new TokenBucket(), bytes: new TokenBucket() }
  const own = new BulkSender({ client: picky, congestion, ...rates, waiting: new Waiting(congestion, []) })

  const { refused } = await own.send('i', batch, options())

  expect(refused.map((each) => [each.entry.id, each.type])).toEqual([['bad', type]])
})

test.each([
  [
    'the index is gone',
    { status: 404, body: { error: { type: 'index_not_found_exception', reason: 'no such index' } } },
    'target_index_missing',
  ],
  [
    'writes are forbidden',
    { status: 403, body: { error: { type: 'security_exception', reason: 'no permissions' } } },
    'target_403',
  ],
  ['it takes nothing for too long', { items: () => rejected }, 'target_not_available'],
])('the item fails, to be tried again, when %s', async (_, answer, code) => {
  const { sender } = aTarget(answer)

  await expect(sender.send('i', aBatch('a'), options())).rejects.toMatchObject({ code, retryable: true })
})

test('an answer to another number of documents is no answer', async () => {
  const { sender, sent } = aTarget({ body: { errors: true, items: [{ index: wrong }] } }, {})

  const { refused, uncertain } = await sender.send('i', aBatch('a', 'b'), options())

  expect(sent).toHaveLength(2)
  expect([refused.length, uncertain.size]).toEqual([0, 2])
})

test('nothing is sent while the right to write is not held', async () => {
  const { sender, sent } = aTarget({})
  const { promise, resolve } = Promise.withResolvers<void>()
  const sending = sender.send('i', aBatch('a'), { ...options(), mayWrite: () => promise })
  await new Promise((later) => setTimeout(later, 20))
  expect(sent).toEqual([])

  resolve()
  await sending

  expect(sent).toEqual([['a']])
})

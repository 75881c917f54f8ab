import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SOURCE_PLACE } from '../../../tools/validate/digest.ts'
import { FastCanonicalizer } from '../../../tools/validate/fast-canonical.ts'
import { SearchAnswer } from '../../../tools/validate/search-answer.ts'

type Read = { id: string; routing: string | undefined; source: string | null }

function read(answer: string) {
  const hits: Read[] = []
  const canonical = new FastCanonicalizer()
  const envelope = SearchAnswer.read(new TextEncoder().encode(answer), canonical, (hit) =>
    hits.push({
      id: hit.id.toString(),
      routing: hit.routing,
      source: hit.hasSource
        ? Buffer.from(canonical.out.subarray(SOURCE_PLACE, canonical.end)).toString()
        : null,
    }),
  )
  return { hits, envelope }
}

test('hits come with id, routing and canonical source, and the envelope says where the page ends', () => {
  const { hits, envelope } = read(`{"pit_id":"a\\"b","took":3,"timed_out":false,
    "_shards":{"total":1,"successful":1,"skipped":0,"failed":0},
    "hits":{"total":{"value":2,"relation":"eq"},"max_score":null,"hits":[
      {"_index":"x","_id":"1","_score":null,"_routing":"r/1","_source":{"b":1.0,"a":[9007199254740993]},"sort":[0]},
      {"_index":"x","_id":"q\\"é","_score":null,"_source":{},"sort":[ 12 ]},
      {"_index":"x","_id":"3","_score":null}]}}`)

  expect(hits).toEqual([
    { id: '1', routing: 'r/1', source: '{"a":[9007199254740993],"b":1.0}' },
    { id: 'q"é', routing: undefined, source: '{}' },
    { id: '3', routing: undefined, source: null },
  ])
  expect(envelope).toMatchObject({ pitId: 'a"b', timedOut: false, hits: 3, lastSort: '[ 12 ]' })
  expect(envelope.shards).toMatchObject({ total: 1, successful: 1, failed: 0 })
})

test('an answer in part says so', () => {
  const { envelope } = read(
    '{"timed_out":true,"_shards":{"total":2,"successful":1,"failed":1,"failures":[{"shard":1}]},"hits":{"hits":[]}}',
  )

  expect(envelope).toMatchObject({ timedOut: true, shards: { failed: 1, failures: [{ shard: 1 }] } })
})

test('sources of any shape are stepped over and read alike', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ id: fc.string(), source: fc.jsonValue() }), { maxLength: 20 }),
      (all) => {
        const hits = all.map(({ id, source }) => ({ _id: id, _source: { source }, sort: [1] }))
        const answer = JSON.stringify({ hits: { hits }, _shards: { total: 1 }, timed_out: false }, null, 1)
        const { hits: found } = read(answer)
        const skipped: string[] = []
        SearchAnswer.read(new TextEncoder().encode(answer), null, ({ id }) => skipped.push(id.toString()))

        expect(found.map(({ source }) => JSON.parse(source ?? ''))).toEqual(
          hits.map(({ _source }) => JSON.parse(JSON.stringify(_source))),
        )
        expect(skipped).toEqual(found.map(({ id }) => id))
      },
    ),
    { numRuns: 200 },
  )
})

test.each(['', '{"hits":{"hits":[{"_id":"1"', '{"hits":{"hits":[{"_id":1}]}}', '<html>'])(
  '%j is no answer, and never an empty one',
  (answer) => {
    expect(() => read(answer)).toThrow('not JSON')
  },
)

test('hits written alike or not, whichever follows the other', () => {
  const kinds: ((id: string) => string)[] = [
    (id) => `{"_index":"x","_id":${id},"_score":null,"_source":{"i":${id}},"sort":[1]}`,
    (id) => `{"_index":"x","_id":${id},"_score":null,"_routing":"r","_source":{"i":${id}},"sort":[1]}`,
    (id) => `{"_index":"x","_id":${id},"_score":null,"_routing":"s","_source":{"i":${id}},"sort":[1]}`,
    (id) => `{ "_index":"x","_id":${id},"_source":{"i":${id}}}`,
    (id) => `{"_source":{"i":${id}},"_index":"x","_id":${id},"sort":[1]}`,
    (id) => `{"_index":"x","_id":${id},"sort":[1]}`,
    (id) => `{"_index":"y","_id":${id},"_score":null,"_source":{"i":${id}},"sort":[1],"_routing":"t"}`,
  ]
  const aHit = fc.record({ kind: fc.nat(kinds.length - 1), id: fc.string({ unit: 'grapheme' }) })
  fc.assert(
    fc.property(fc.array(aHit, { maxLength: 12 }), (all) => {
      const texts = all.map(({ kind, id }) => kinds[kind]?.(JSON.stringify(id)))
      const { hits, envelope } = read(
        `{"_shards":{"total":1},"timed_out":false,"hits":{"hits":[${texts.join(',')}]}}`,
      )

      expect(envelope.hits).toBe(all.length)
      expect(hits).toEqual(
        texts.map((text) => {
          const { _id, _routing, _source } = JSON.parse(text ?? '')
          return { id: _id, routing: _routing, source: _source ? JSON.stringify(_source) : null }
        }),
      )
    }),
    { numRuns: 500 },
  )
})

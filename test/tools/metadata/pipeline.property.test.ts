import fc from 'fast-check'
import { expect, test } from 'vitest'
import { driftOf } from '../../../tools/metadata/compare.ts'
import { bodyKinds } from '../../../tools/metadata/draft.ts'
import { isObject, type JsonObject } from '../../../tools/metadata/json.ts'
import { takeOut } from '../../../tools/metadata/refusals.ts'
import { throughAll } from './bodies.ts'

const words = [
  'type',
  'string',
  'text',
  'properties',
  'fields',
  'index',
  'not_analyzed',
  'norms',
  'enabled',
  'dense_vector',
  'dims',
  'knn_vector',
  'method',
  'dynamic',
  'runtime',
  '_parent',
  '_default_',
  '_all',
  'doc',
  'analysis',
  'filter',
  'analyzer',
  'standard',
  'settings',
  'mappings',
  'template',
  'aliases',
  'dynamic_templates',
  'mapping',
  'format',
  'YYYY',
  'composed_of',
  'data_stream',
  'flattened',
  'version',
  'similarity',
  'classic',
  '0',
  '__proto__',
  'constructor',
  'a.b',
]
const key = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 }))
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constantFrom<unknown>(...words), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
  ),
}))

/** JSON text and back gives what a cluster would answer, `__proto__` as a member included. */
function bodyOf(parts: unknown): JsonObject {
  const body: unknown = JSON.parse(JSON.stringify(parts))
  return isObject(body) ? body : {}
}

const body = fc
  .record(
    { settings: tree, mappings: tree, aliases: tree, template: tree, processors: tree },
    { requiredKeys: [] },
  )
  .map(bodyOf)

test('no body makes the rules loop or throw, whatever the versions', () => {
  fc.assert(
    fc.property(
      body,
      fc.constantFrom(...bodyKinds),
      fc.constantFrom('ES 5.6', 'ES 6.8', 'ES 7.10', 'ES 8.14', 'OS 1.3', 'OS 2.19'),
      fc.constantFrom('OS 1.3', 'OS 2.19', 'OS 3.4', 'AOSS'),
      (body, kind, source, target) => {
        const before = JSON.stringify(body)

        const drafts = throughAll(kind, body, source, target)

        for (const draft of drafts) {
          JSON.stringify(draft.changes)
          driftOf(kind, draft.body, draft.body)
          takeOut(draft, [
            'unknown setting [index.a.b] x',
            'Mapping definition for [a] has unsupported parameters:  [type : 1]',
            'The [standard] token filter has been removed',
          ])
        }
        expect(JSON.stringify(body)).toBe(before)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('what went through the rules once is not changed by going through them again', () => {
  fc.assert(
    fc.property(body, (body) => {
      const [once] = throughAll('index', body, 'ES 7.10', 'OS 2.19')
      if (once === undefined || once.refusal !== null) return

      const [twice] = throughAll('index', once.body, 'ES 7.10', 'OS 2.19')

      expect(twice?.body).toEqual(once.body)
    }),
    { numRuns: 1_000 },
  )
})

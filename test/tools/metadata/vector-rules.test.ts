import { expect, test } from 'vitest'
import type { JsonObject } from '../../../tools/metadata/json.ts'
import { knnForServerless, knnSettingsToMethod, nmslibToFaiss } from '../../../tools/metadata/rules/knn.ts'
import { denseVectorToKnnVector } from '../../../tools/metadata/rules/vectors.ts'
import { afterRule, fieldAfter } from './bodies.ts'

type Row = [what: string, source: string, target: string, field: JsonObject, after: JsonObject]
const dense = { type: 'dense_vector', dims: 3 }
const lucene = (space_type: string, parameters?: JsonObject) => ({
  type: 'knn_vector',
  dimension: 3,
  method: { name: 'hnsw', engine: 'lucene', space_type, ...(parameters ? { parameters } : {}) },
})

test.each<Row>([
  [
    'cosine is the default similarity',
    'ES 8.14',
    'OS 2.19',
    { ...dense, index: true },
    lucene('cosinesimil'),
  ],
  ['vectors are indexed by default from 8.11 on', 'ES 8.11', 'OS 2.19', dense, lucene('cosinesimil')],
  [
    'vectors are not indexed by default before',
    'ES 8.10',
    'OS 2.19',
    dense,
    { type: 'knn_vector', dimension: 3 },
  ],
  ['vectors of 7.x were never indexed', 'ES 7.10', 'OS 2.19', dense, { type: 'knn_vector', dimension: 3 }],
  ['l2_norm is l2', 'ES 8.14', 'OS 2.19', { ...dense, similarity: 'l2_norm' }, lucene('l2')],
  [
    'dot_product is innerproduct',
    'ES 8.14',
    'OS 2.19',
    { ...dense, similarity: 'dot_product' },
    lucene('innerproduct'),
  ],
  [
    'max_inner_product is innerproduct',
    'ES 8.14',
    'OS 2.19',
    { ...dense, similarity: 'max_inner_product' },
    lucene('innerproduct'),
  ],
  [
    'index false stays not indexed',
    'ES 8.14',
    'OS 2.19',
    { ...dense, index: false },
    { type: 'knn_vector', dimension: 3 },
  ],
  [
    'bytes stay bytes',
    'ES 8.14',
    'OS 2.19',
    { ...dense, element_type: 'byte' },
    { ...lucene('cosinesimil'), data_type: 'byte' },
  ],
  [
    'bits become binary compared by Hamming distance',
    'ES 8.15',
    'OS 2.19',
    { ...dense, element_type: 'bit', dims: 8 },
    {
      type: 'knn_vector',
      dimension: 8,
      data_type: 'binary',
      method: { name: 'hnsw', engine: 'faiss', space_type: 'hamming' },
    },
  ],
  [
    'graph parameters are kept',
    'ES 8.14',
    'OS 2.19',
    { ...dense, index_options: { type: 'hnsw', m: 24, ef_construction: 80 } },
    lucene('cosinesimil', { m: 24, ef_construction: 80 }),
  ],
  [
    'int8_hnsw is scalar quantisation',
    'ES 8.14',
    'OS 2.16',
    { ...dense, index_options: { type: 'int8_hnsw' } },
    lucene('cosinesimil', { encoder: { name: 'sq' } }),
  ],
  [
    'int8_hnsw is full vectors before 2.16',
    'ES 8.14',
    'OS 2.15',
    { ...dense, index_options: { type: 'int8_hnsw' } },
    lucene('cosinesimil'),
  ],
  [
    'older targets use nmslib for inner products',
    'ES 8.14',
    'OS 2.12',
    { ...dense, similarity: 'dot_product' },
    {
      type: 'knn_vector',
      dimension: 3,
      method: { name: 'hnsw', engine: 'nmslib', space_type: 'innerproduct' },
    },
  ],
  ['other fields are left alone', 'ES 8.14', 'OS 2.19', { type: 'keyword' }, { type: 'keyword' }],
])('dense-vector-to-knn-vector: %s (%s to %s)', (_, source, target, field, after) => {
  expect(fieldAfter(denseVectorToKnnVector, field, source, target)).toEqual(after)
})

test.each([
  ['an indexed vector switches k-NN on', { ...dense, index: true }, { knn: true }],
  ['a vector that is not indexed does not', { ...dense, index: false }, undefined],
])('dense-vector-to-knn-vector: %s', (_, field, settings) => {
  const draft = afterRule(
    denseVectorToKnnVector,
    { mappings: { properties: { f: field } } },
    'ES 8.14',
    'OS 2.19',
  )

  expect(draft.body.settings).toEqual(settings)
})

test.each([
  ['no dims', { type: 'dense_vector' }, 'OS 2.19', 'vector_without_dimension'],
  ['bytes on a target without them', { ...dense, element_type: 'byte' }, 'OS 2.8', 'vector_element_type'],
  ['bits on a target without them', { ...dense, element_type: 'bit' }, 'OS 2.15', 'vector_element_type'],
])('dense-vector-to-knn-vector: a vector with %s is refused', (_, field, target, code) => {
  const draft = afterRule(
    denseVectorToKnnVector,
    { mappings: { properties: { f: field } } },
    'ES 8.14',
    target,
  )

  expect(draft.refusal).toMatchObject({ code })
})

const knn = { type: 'knn_vector', dimension: 3 }

test('knn-settings-to-method: settings move to fields without a method, and empty parents go', () => {
  const own = { ...knn, method: { name: 'ivf' } }
  const body = {
    settings: {
      index: {
        knn: 'true',
        'knn.algo_param': { m: '24', ef_construction: '99', ef_search: '50' },
        'knn.space_type': 'cosinesimil',
      },
    },
    mappings: { properties: { f: knn, own } },
  }

  const draft = afterRule(knnSettingsToMethod, body, 'OS 1.3', 'OS 2.19')

  expect(draft.body.mappings).toEqual({
    properties: {
      f: {
        ...knn,
        method: {
          name: 'hnsw',
          engine: 'faiss',
          space_type: 'cosinesimil',
          parameters: { m: 24, ef_construction: 99 },
        },
      },
      own,
    },
  })
  expect(JSON.stringify(draft.body.settings)).not.toMatch(/"m"|ef_construction|space_type/)
  expect(JSON.stringify(draft.body.settings)).toMatch(/ef_search/)
  expect(
    draft.changes
      .filter(({ change }) => change === 'removed')
      .map(({ path }) => path)
      .sort(),
  ).toEqual([
    'settings.knn.algo_param.ef_construction',
    'settings.knn.algo_param.m',
    'settings.knn.space_type',
  ])
})

test('knn-settings-to-method: an unknown space becomes l2 with a warning', () => {
  const draft = afterRule(
    knnSettingsToMethod,
    { settings: { 'index.knn.space_type': 'l1' }, mappings: { properties: { f: knn } } },
    'OS 1.3',
    'OS 2.19',
  )

  expect(draft.warnings).toEqual([expect.stringContaining('"l1"')])
  expect(draft.body).toMatchObject({ mappings: { properties: { f: { method: { space_type: 'l2' } } } } })
})

test.each<Row>([
  [
    'nmslib becomes faiss with defaults',
    'OS 2.19',
    'OS 3.4',
    { ...knn, method: { name: 'hnsw', engine: 'nmslib' } },
    {
      ...knn,
      method: {
        name: 'hnsw',
        engine: 'faiss',
        space_type: 'l2',
        parameters: { m: 16, ef_construction: 100 },
      },
    },
  ],
  [
    'nmslib keeps its parameters',
    'OS 1.3',
    'OS 3.4',
    {
      ...knn,
      method: {
        name: 'hnsw',
        engine: 'nmslib',
        space_type: 'innerproduct',
        parameters: { m: 4, ef_construction: 5 },
      },
    },
    {
      ...knn,
      method: {
        name: 'hnsw',
        engine: 'faiss',
        space_type: 'innerproduct',
        parameters: { m: 4, ef_construction: 5 },
      },
    },
  ],
  [
    'lucene stays',
    'OS 2.19',
    'OS 3.4',
    { ...knn, method: { name: 'hnsw', engine: 'lucene' } },
    { ...knn, method: { name: 'hnsw', engine: 'lucene' } },
  ],
  [
    'nmslib stays for OpenSearch 2',
    'OS 1.3',
    'OS 2.19',
    { ...knn, method: { name: 'hnsw', engine: 'nmslib' } },
    { ...knn, method: { name: 'hnsw', engine: 'nmslib' } },
  ],
])('nmslib-to-faiss: %s (%s to %s)', (_, source, target, field, after) => {
  expect(fieldAfter(nmslibToFaiss, field, source, target)).toEqual(after)
})

const faiss = { name: 'hnsw', engine: 'faiss', space_type: 'l2', parameters: { m: 16, ef_construction: 100 } }

test.each<Row>([
  [
    'another engine becomes faiss',
    'OS 2.19',
    'AOSS',
    { ...knn, method: { name: 'hnsw', engine: 'lucene', space_type: 'l2' }, store: true },
    { ...knn, method: faiss },
  ],
  [
    'ivf becomes hnsw',
    'OS 2.19',
    'AOSS',
    { ...knn, method: { name: 'ivf', engine: 'faiss', space_type: 'l1' } },
    { ...knn, method: faiss },
  ],
  [
    'scalar quantisation becomes fp16',
    'OS 2.19',
    'AOSS',
    {
      ...knn,
      method: { name: 'hnsw', engine: 'faiss', space_type: 'l2', parameters: { encoder: { name: 'sq' } } },
    },
    {
      ...knn,
      method: {
        ...faiss,
        parameters: { ...faiss.parameters, encoder: { name: 'sq', parameters: { type: 'fp16' } } },
      },
    },
  ],
  [
    'product quantisation goes',
    'OS 2.19',
    'AOSS',
    {
      ...knn,
      method: { name: 'hnsw', engine: 'faiss', space_type: 'l2', parameters: { encoder: { name: 'pq' } } },
    },
    { ...knn, method: faiss },
  ],
  ['what serverless knows stays', 'OS 2.19', 'AOSS', { ...knn, method: faiss }, { ...knn, method: faiss }],
  [
    'a cluster is no collection',
    'OS 2.19',
    'OS 3.4',
    { ...knn, method: { name: 'ivf' } },
    { ...knn, method: { name: 'ivf' } },
  ],
])('knn-for-serverless: %s (%s to %s)', (_, source, target, field, after) => {
  expect(fieldAfter(knnForServerless, field, source, target)).toEqual(after)
})

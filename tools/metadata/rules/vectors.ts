// `dense_vector` of Elasticsearch, which is `knn_vector` in OpenSearch.
import type { Editor } from '../draft.ts'
import { atLeast, below, elasticsearchBelow, elasticsearchFrom, isOpenSearch, type Pair } from '../gates.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { eachField, ensurePart, type Field, part } from '../parts.ts'
import { settingAt } from '../settings-tree.ts'
import type { Rule } from './rule.ts'

export const denseVectorToKnnVector: Rule = {
  id: 'dense-vector-to-knn-vector',
  title: 'dense_vector fields become knn_vector',
  applies: ({ source, target }) => elasticsearchFrom(source, 7) && isOpenSearch(target),
  apply(draft, pen, pair) {
    const mappings = part(draft, 'mappings')
    if (mappings === null) return
    let indexed = false
    eachField(mappings.body, mappings.path, (field) => {
      if (field.body.type === 'dense_vector') indexed = convert(field, pen, pair) || indexed
    })
    if (!indexed) return
    const settings = ensurePart(draft, 'settings')
    if (settingAt(settings.body, 'knn') === undefined)
      pen.set(
        settings.body,
        'knn',
        true,
        `${settings.path}.knn`,
        'Nearest neighbour search is switched on per index',
      )
  },
}

/** Answers whether the field is searchable through an index structure. */
function convert({ holder, name, body, path }: Field, pen: Editor, pair: Pair): boolean {
  if (typeof body.dims !== 'number') {
    pen.refuse({
      code: 'vector_without_dimension',
      message: `The vector field ${path} has no dims, and a knn_vector needs its dimension`,
      remedy:
        'Index one document on the source, so that it learns the dimension, or add dims with a transform',
    })
    return false
  }
  const indexed = isIndexed(body, pair)
  const vector: JsonObject = { type: 'knn_vector', dimension: body.dims }
  const bits = body.element_type === 'bit'
  if (body.element_type === 'byte') vector.data_type = 'byte'
  if (bits) vector.data_type = 'binary'
  if (isObject(body.meta)) vector.meta = body.meta
  if (indexed) vector.method = methodOf(body, pen, pair, path)
  if (vector.data_type !== undefined && below(pair.target, 2, bits ? 16 : 9)) tooOld(pen, path, bits)
  pen.set(
    holder,
    name,
    vector,
    path,
    indexed
      ? 'The same vectors, searched through HNSW'
      : 'The same vectors; exact search only, as on the source',
  )
  return indexed
}

/** Vectors are indexed by default from 8.11 on; 7.x could not index them at all. */
function isIndexed(body: JsonObject, { source }: Pair): boolean {
  if (elasticsearchBelow(source, 8)) return false
  return body.index === undefined ? atLeast(source, 8, 11) : body.index === true
}

function tooOld(pen: Editor, path: string, bits: boolean): void {
  pen.refuse({
    code: 'vector_element_type',
    message: `The vector field ${path} holds ${bits ? 'bits' : 'bytes'}, which the target cannot hold before OpenSearch ${bits ? '2.16' : '2.9'}`,
    remedy: 'Choose a newer target, or make it a float vector with a transform',
  })
}

/** Elasticsearch compares by cosine unless told otherwise, and bits always by Hamming distance (its l2_norm). */
function spaceOf(body: JsonObject): string {
  if (body.element_type === 'bit') return 'hamming'
  if (body.similarity === 'l2_norm') return 'l2'
  if (body.similarity === 'dot_product' || body.similarity === 'max_inner_product') return 'innerproduct'
  return 'cosinesimil'
}

function methodOf(body: JsonObject, pen: Editor, { target }: Pair, path: string): JsonObject {
  const space = spaceOf(body)
  const options = isObject(body.index_options) ? body.index_options : {}
  const engine = engineFor(target, space)
  const parameters: JsonObject = {}
  if (typeof options.m === 'number') parameters.m = options.m
  if (typeof options.ef_construction === 'number') parameters.ef_construction = options.ef_construction
  const kind = typeof options.type === 'string' ? options.type : 'hnsw'
  if (kind.startsWith('int8') && engine === 'lucene' && atLeast(target, 2, 16))
    parameters.encoder = { name: 'sq' } satisfies Record<string, Json>
  else if (kind !== 'hnsw')
    pen.warn(
      `The vector field ${path} used ${kind}; it becomes HNSW over full vectors, which takes more memory`,
    )
  const method: JsonObject = { name: 'hnsw', engine, space_type: space }
  if (Object.keys(parameters).length > 0) method.parameters = parameters
  return method
}

/** Lucene where it knows the space; bits are faiss's; targets too old for either have nmslib. */
function engineFor(target: Pair['target'], space: string): string {
  if (space === 'hamming' || target.flavour === 'serverless') return 'faiss'
  if (below(target, 2, 2)) return 'nmslib'
  if (space === 'innerproduct' && below(target, 2, 13)) return 'nmslib'
  return 'lucene'
}

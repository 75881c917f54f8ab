// The k-NN plugin's own history: method settings per index, the engine nmslib, and what serverless takes.
import type { Editor } from '../draft.ts'
import { atLeast, below, isOpenSearch } from '../gates.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { eachField, type Field, part } from '../parts.ts'
import { removeSetting, settingAt } from '../settings-tree.ts'
import type { Rule } from './rule.ts'

const methodSettings = ['knn.algo_param.ef_construction', 'knn.algo_param.m', 'knn.space_type']
const spaces = ['l2', 'innerproduct', 'cosinesimil']

export const knnSettingsToMethod: Rule = {
  id: 'knn-settings-to-method',
  title: 'k-NN method settings of the index move to its vector fields',
  applies: ({ target }) => isOpenSearch(target),
  apply(draft, pen) {
    const settings = part(draft, 'settings')
    if (settings === null) return
    const found = new Map<string, Json>()
    for (const key of methodSettings) {
      const value = settingAt(settings.body, key)
      if (value === undefined) continue
      found.set(key, value)
      removeSetting(settings.body, key)
      pen.note({
        path: `${settings.path}.${key}`,
        change: 'removed',
        from: value,
        reason: 'Belongs to the vector field now',
      })
    }
    const mappings = part(draft, 'mappings')
    if (found.size === 0 || mappings === null) return
    eachField(mappings.body, mappings.path, (field) => giveMethod(field, found, pen))
  },
}

function giveMethod({ body, path }: Field, settings: Map<string, Json>, pen: Editor): void {
  if (body.type !== 'knn_vector' || body.method !== undefined || body.model_id !== undefined) return
  const asked = settings.get('knn.space_type')
  const space = spaces.find((known) => known === asked) ?? 'l2'
  if (asked !== undefined && asked !== space)
    pen.warn(
      `The space "${String(asked)}" of ${path} is not known to the target; it becomes l2, and scores differ`,
    )
  const method: JsonObject = { name: 'hnsw', engine: 'faiss', space_type: space }
  const parameters: JsonObject = {}
  const m = numberOf(settings.get('knn.algo_param.m'))
  const construction = numberOf(settings.get('knn.algo_param.ef_construction'))
  if (m !== null) parameters.m = m
  if (construction !== null) parameters.ef_construction = construction
  if (Object.keys(parameters).length > 0) method.parameters = parameters
  pen.set(body, 'method', method, `${path}.method`, 'The method is said at the field')
}

export const nmslibToFaiss: Rule = {
  id: 'nmslib-to-faiss',
  title: 'Vector fields of the engine nmslib use faiss',
  applies: ({ source, target }) =>
    isOpenSearch(source) && below(source, 3) && isOpenSearch(target) && atLeast(target, 3),
  apply(draft, pen) {
    const mappings = part(draft, 'mappings')
    if (mappings === null) return
    eachField(mappings.body, mappings.path, (field) => {
      const { method } = field.body
      if (field.body.type === 'knn_vector' && isObject(method) && method.engine === 'nmslib')
        pen.set(
          field.body,
          'method',
          faiss(method, pen, field.path),
          `${field.path}.method`,
          'OpenSearch 3 has no nmslib',
        )
    })
  },
}

export const knnForServerless: Rule = {
  id: 'knn-for-serverless',
  title: 'Vector fields use what a serverless collection knows',
  applies: ({ target }) => target.flavour === 'serverless',
  apply(draft, pen) {
    const mappings = part(draft, 'mappings')
    if (mappings === null) return
    eachField(mappings.body, mappings.path, (field) => serverless(field, pen))
  },
}

function serverless({ holder, name, body, path }: Field, pen: Editor): void {
  if (body.type !== 'knn_vector') return
  const method = isObject(body.method) ? body.method : {}
  const encoder =
    isObject(method.parameters) && isObject(method.parameters.encoder)
      ? method.parameters.encoder.name
      : undefined
  const foreign =
    body.model_id !== undefined ||
    method.engine !== 'faiss' ||
    method.name !== 'hnsw' ||
    encoder !== undefined ||
    !spaces.includes(String(method.space_type))
  if (!foreign) return
  const field: JsonObject = { type: 'knn_vector', method: faiss(method, pen, path) }
  if (body.dimension !== undefined) field.dimension = body.dimension
  else if (body.model_id !== undefined)
    pen.refuse({
      code: 'vector_model',
      message: `The vector field ${path} takes its dimension from the model "${String(body.model_id)}", which serverless has not`,
      remedy: 'Say its dimension with a transform',
    })
  if (encoder === 'sq' || encoder === 'scalar') half(field.method)
  pen.set(holder, name, field, path, 'Serverless searches vectors with faiss HNSW')
}

function half(method: Json | undefined): void {
  if (isObject(method) && isObject(method.parameters))
    method.parameters.encoder = { name: 'sq', parameters: { type: 'fp16' } }
}

function faiss(method: JsonObject, pen: Editor, path: string): JsonObject {
  const parameters = isObject(method.parameters) ? method.parameters : {}
  const space = spaces.find((known) => known === method.space_type) ?? 'l2'
  if (method.space_type !== undefined && method.space_type !== space)
    pen.warn(`The space "${String(method.space_type)}" of ${path} becomes l2, and scores differ`)
  return {
    name: 'hnsw',
    engine: 'faiss',
    space_type: space,
    parameters: {
      m: numberOf(parameters.m) ?? 16,
      ef_construction: numberOf(parameters.ef_construction) ?? 100,
    },
  }
}

/** Settings come as strings. */
function numberOf(value: Json | undefined): number | null {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

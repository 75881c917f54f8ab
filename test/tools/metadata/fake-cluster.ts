// A cluster of our own making behind the ClusterClient port: it holds bodies, and answers what a test scripts.
import {
  type ClusterClient,
  type ClusterConnector,
  ClusterFailure,
  type ClusterRequest,
} from '../../../shared/cluster/client.ts'
import { responseOf } from '../../../shared/cluster/response.ts'
import type { JsonObject } from '../../../tools/metadata/json.ts'

type Told = { status: number; body: unknown } | null
export type Script = (request: ClusterRequest) => Told | Promise<Told>

const settingsOf = ({ settings }: JsonObject) => ({ settings: { index: settings ?? {} } })

export class FakeCluster {
  readonly sent: ClusterRequest[] = []
  readonly indexes = new Map<string, JsonObject>()
  readonly templates = new Map<string, JsonObject>()
  readonly components = new Map<string, JsonObject>()
  readonly indexTemplates = new Map<string, JsonObject>()
  readonly pipelines = new Map<string, JsonObject>()
  /** Asked first; null leaves the request to the cluster itself. */
  script: Script = () => null
  readonly #root: JsonObject

  constructor(product: 'elasticsearch' | 'opensearch', number: string, uuid = `${product}-${number}`) {
    const version: JsonObject = { number }
    if (product === 'opensearch') version.distribution = product
    this.#root = { cluster_uuid: uuid, version, tagline: product }
  }

  get puts(): string[] {
    return this.sent.filter(({ method }) => method === 'PUT').map(({ path }) => path)
  }

  async answer(request: ClusterRequest): Promise<{ status: number; body: unknown }> {
    this.sent.push(request)
    const scripted = await this.script(request)
    if (scripted !== null) return scripted
    const path = decodeURIComponent(request.path)
    if (request.method === 'PUT') return this.#put(path, JSON.parse(String(request.body)))
    if (request.method === 'POST') return { status: 200, body: {} }
    const body = this.#get(path, request.query ?? {})
    return body === null ? { status: 404, body: { error: 'not found', status: 404 } } : { status: 200, body }
  }

  #put(path: string, body: JsonObject) {
    const [, collection = '', name = ''] = path.split('/')
    const stores: Record<string, Map<string, JsonObject>> = {
      _template: this.templates,
      _component_template: this.components,
      _index_template: this.indexTemplates,
    }
    if (path.startsWith('/_ingest/pipeline/'))
      this.pipelines.set(path.slice('/_ingest/pipeline/'.length), body)
    else (stores[collection] ?? this.indexes).set(name === '' ? collection : name, body)
    return { status: 200, body: { acknowledged: true, shards_acknowledged: true } }
  }

  #get(path: string, query: Record<string, unknown>): unknown {
    if (path === '/') return this.#root
    if (path === '/_cluster/settings') return { persistent: {}, transient: {} }
    if (path === '/_template') return Object.fromEntries(this.templates)
    if (path === '/_ingest/pipeline') return Object.fromEntries(this.pipelines)
    if (path === '/_component_template')
      return {
        component_templates: [...this.components].map(([name, component_template]) => ({
          name,
          component_template,
        })),
      }
    if (path === '/_index_template')
      return {
        index_templates: [...this.indexTemplates].map(([name, index_template]) => ({ name, index_template })),
      }
    if (path === '/_nodes/ingest')
      return { nodes: { a: { ingest: { processors: [{ type: 'set' }, { type: 'foreach' }] } } } }
    const [, names = '', what = ''] = path.split('/')
    if (what === '_alias' && String(query.expand_wildcards).startsWith('closed')) return {}
    const chosen = [...this.indexes].filter(([name]) => names === '_all' || names.split(',').includes(name))
    const views: Record<string, (body: JsonObject) => unknown> = {
      _alias: ({ aliases }) => ({ aliases: aliases ?? {} }),
      _settings: settingsOf,
      _mapping: ({ mappings }) => ({ mappings: mappings ?? {} }),
    }
    const view = views[what]
    return view === undefined ? null : Object.fromEntries(chosen.map(([name, body]) => [name, view(body)]))
  }
}

/** Connects `http://source` and `http://target` to the fakes. */
export function fakeConnector(source: FakeCluster, target: FakeCluster): ClusterConnector {
  return {
    connect: (connection) => fakeClient(connection.role === 'source' ? source : target, connection.endpoint),
  }
}

export function fakeClient(cluster: FakeCluster, endpoint = 'http://target'): ClusterClient {
  return {
    connection: { role: 'target', endpoint },
    async send(request) {
      request.signal?.throwIfAborted()
      const aborted = new Promise<never>((_, reject) => {
        const stop = () => reject(new ClusterFailure('timeout', 'it was stopped'))
        request.signal?.addEventListener('abort', stop, { once: true })
      })
      const { status, body } = await Promise.race([cluster.answer(request), aborted])
      const bytes = new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
      return responseOf({ status, headers: new Headers(), bytes }, endpoint)
    },
    close: async () => undefined,
  }
}

/** An error answer as search engines write it. */
export function refusal(reason: string, type = 'illegal_argument_exception', status = 400) {
  return { status, body: { error: { root_cause: [{ type, reason }], type, reason }, status } }
}

// A metadata run between two real clusters, and plain requests to look at what it did.
import { clusterConnector } from '../../../shared/cluster/connect.ts'
import type { MetadataAssignment, MetadataResult, SnapshotSource } from '../../../shared/domain/metadata.ts'
import { isObject, type Json, type JsonObject, parseJson } from '../../../tools/metadata/json.ts'
import { runMetadata } from '../../../tools/metadata/run.ts'
import { type Recorder, recorder } from './recorder.ts'

/** Sends a request as curl would; throws with the answer where it is no 2xx. A cluster without pipelines says 404 {}. */
export async function ask(url: string, method: string, path: string, body?: unknown): Promise<JsonObject> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok && text !== '{}')
    throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
  const json: Json = parseJson(text)
  return isObject(json) ? json : {}
}

type Options = {
  dryRun?: boolean
  params?: MetadataAssignment['params']
  signal?: AbortSignal
  report?: Recorder
  only?: MetadataAssignment['only']
}

/** Runs the tool, from a cluster or a snapshot, over everything whose name begins with `prefix`. */
export async function migrate(
  source: string | SnapshotSource,
  target: string,
  prefix: string,
  { dryRun = false, params = {}, signal, report = recorder(), only }: Options = {},
): Promise<{ report: Recorder; result: MetadataResult }> {
  const ours = { include: [`${prefix}*`] }
  const credentials = { type: 'none' } as const
  const assignment: MetadataAssignment = {
    dryRun,
    source: typeof source === 'string' ? { role: 'source', endpoint: source, credentials } : source,
    target: { role: 'target', endpoint: target, credentials },
    params: {
      selection: ours,
      templates: ours,
      componentTemplates: ours,
      pipelines: ours,
      allowEmpty: true,
      ...params,
    },
    ...(only ? { only } : {}),
  }
  const connector = clusterConnector({ allowLoopback: true })
  const result = await runMetadata(assignment, report, signal ?? new AbortController().signal, connector)
  return { report, result }
}

const written = /^(uuid|creation_date|provided_name|version|replication|verified_before_close)$/

/** Settings, mappings and aliases of every index that begins with `prefix`, without what a cluster writes itself. */
export async function indexesOf(url: string, prefix: string): Promise<JsonObject> {
  const path = `/${prefix}*`
  const [settings, mappings, aliases] = await Promise.all(
    ['_settings', '_mapping', '_alias'].map((what) =>
      ask(url, 'GET', `${path}/${what}?expand_wildcards=all`),
    ),
  )
  const names = Object.keys(settings ?? {}).sort()
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        settings: own(member(member(settings, name), 'settings')),
        mappings: member(member(mappings, name), 'mappings'),
        aliases: member(member(aliases, name), 'aliases'),
      },
    ]),
  )
}

function own(settings: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(member(settings, 'index')).filter(([key]) => !written.test(key)))
}

export function member(value: Json | undefined, key: string): JsonObject {
  const found = isObject(value) ? value[key] : undefined
  return isObject(found) ? found : {}
}

/** Templates of all kinds and pipelines that begin with `prefix`, as the cluster tells them. */
export async function templatesOf(url: string, prefix: string): Promise<Record<string, Json>> {
  const [legacy, pipelines, components, templates] = await Promise.all(
    ['/_template', '/_ingest/pipeline', '/_component_template', '/_index_template'].map((path) =>
      ask(url, 'GET', path),
    ),
  )
  const ours = (entries: [string, Json][]) => entries.filter(([name]) => name.startsWith(prefix)).sort()
  const listed = (list: Json | undefined): [string, Json][] =>
    Array.isArray(list)
      ? list.flatMap((entry): [string, Json][] => (isObject(entry) ? [[String(entry.name), entry]] : []))
      : []
  return {
    legacy: Object.fromEntries(ours(Object.entries(legacy ?? {}))),
    pipelines: Object.fromEntries(ours(Object.entries(pipelines ?? {}))),
    components: Object.fromEntries(ours(listed(components?.component_templates))),
    templates: Object.fromEntries(ours(listed(templates?.index_templates))),
  }
}

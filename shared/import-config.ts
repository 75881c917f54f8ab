// The existing Migration Assistant's YAML, in both of its forms, as a config document of ours. No secret is taken over.
import * as v from 'valibot'
import { parseDocument } from 'yaml'
import type { FieldError } from './domain/field-error.ts'
import { Problem } from './problems.ts'

type Document = Record<string, unknown>
type Imported = { document: Document; notes: FieldError[] }
type Note = (path: string, code: string, message: string, hint?: string) => void

const DEPTH = 64

const Mapping = v.record(v.string(), v.unknown())

/**
 * Reads a file of the console (`source_cluster`, `target_cluster`, `snapshot`, …), of the workflow
 * (`sourceClusters`, `targetClusters`, …) or our own export. Throws `invalid_input` where it is none of them.
 */
export function importConfig(text: string): Imported {
  const file = parse(text)
  const notes: FieldError[] = []
  const note: Note = (path, code, message, hint) => notes.push({ path, code, message, hint: hint ?? null })
  if ('source_cluster' in file || 'target_cluster' in file)
    return { document: fromConsole(file, note), notes }
  if ('sourceClusters' in file || 'targetClusters' in file)
    return { document: fromWorkflow(file, note), notes }
  if ('source' in file || 'target' in file || Object.keys(file).length === 0) return { document: file, notes }
  throw invalid(
    '',
    'The file is no config that we know: expected source_cluster and target_cluster, or sourceClusters and targetClusters, or source and target',
  )
}

function parse(text: string): Document {
  const plain = toPlain(text)
  const file = v.safeParse(Mapping, plain)
  if (!file.success || Array.isArray(plain)) throw invalid('', 'The file is not a YAML mapping')
  return file.output
}

/** A file that grows beyond bounds is refused here. No message quotes the file, for it may hold secrets. */
function toPlain(text: string): unknown {
  if (isTooDeep(text)) throw invalid('', `The file is nested deeper than ${DEPTH}`)
  const yaml = parseDocument(text, { uniqueKeys: true, prettyErrors: false })
  const [error] = yaml.errors
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length
    throw invalid(
      '',
      `The file is not YAML: ${error.code.toLowerCase().replaceAll('_', ' ')} in line ${line}`,
    )
  }
  try {
    return yaml.toJS({ maxAliasCount: 50 })
  } catch {
    throw invalid('', 'The file cannot be expanded: it has an alias without an anchor, or too many of them')
  }
}

/** The parser calls itself for every level, so this is looked at first: brackets, dashes in a row, and indentation. */
function isTooDeep(text: string): boolean {
  let open = 0
  for (const c of text) {
    if (c === '[' || c === '{') open += 1
    else if (c === ']' || c === '}') open = Math.max(0, open - 1)
    if (open > DEPTH) return true
  }
  let levels: number[] = []
  for (const line of text.split('\n')) {
    const [lead = '', rest = ''] = /^((?:[ ]|-[ ]|\?[ ])*)(.*)$/.exec(line)?.slice(1) ?? []
    if (rest === '' || rest.startsWith('#')) continue
    levels = [...levels.filter((level) => level < lead.length), lead.length]
    if (levels.length > DEPTH || (lead.match(/[-?]/g)?.length ?? 0) > DEPTH) return true
  }
  return false
}

function invalid(path: string, message: string) {
  return new Problem('invalid_input', message, { errors: [{ path, code: 'import', message, hint: null }] })
}

function fromConsole(file: Document, note: Note): Document {
  const document: Document = {}
  const [source, target] = [mapping(file.source_cluster), mapping(file.target_cluster)]
  if (source) document.source = consoleCluster(source, 'source', note)
  if (target) document.target = consoleCluster(target, 'target', note)
  const repository = consoleRepository(
    mapping(file.snapshot) ?? mapping(mapping(file.metadata_migration)?.from_snapshot),
  )
  if (repository) document.repositories = { snapshots: repository }
  const options = mapping(file.metadata_migration)
  const include = list(options?.index_allowlist)
  if (include) document.selection = { include }
  const metadata = metadataOptions({
    templates: list(options?.index_template_allowlist),
    componentTemplates: list(options?.component_template_allowlist),
    awarenessAttributes: options?.cluster_awareness_attributes,
  })
  if (metadata) document.metadata = metadata
  const known = ['source_cluster', 'target_cluster', 'snapshot', 'metadata_migration']
  for (const key of Object.keys(file)) {
    if (!known.includes(key))
      note(`/${key}`, 'not_taken', `"${key}" has no counterpart here and was left out`)
  }
  return document
}

function consoleCluster(cluster: Document, role: string, note: Note): Document {
  const path = `/${role}_cluster`
  const { endpoint, allow_insecure: insecure, version } = cluster
  return {
    endpoint,
    auth: consoleAuth(cluster, role, path, note),
    ...(insecure === true ? { tls: { insecure: true } } : {}),
    ...(typeof version === 'string' ? { version } : {}),
  }
}

function consoleAuth(cluster: Document, role: string, path: string, note: Note): Document {
  const basic = mapping(cluster.basic_auth)
  if (basic) {
    const secret = `${role}-password`
    const where = Object.keys(basic).find((key) => key !== 'username') ?? 'password'
    note(
      `${path}/basic_auth/${where}`,
      'secret_not_imported',
      `No secret is imported; the document names it "${secret}"`,
      `Set the secret "${secret}"`,
    )
    return { type: 'basic', username: basic.username ?? 'admin', secret }
  }
  const sigv4 = 'sigv4' in cluster ? (mapping(cluster.sigv4) ?? {}) : undefined
  if (sigv4) return { type: 'sigv4', region: sigv4.region ?? 'us-east-1', service: sigv4.service ?? 'es' }
  return { type: 'none' }
}

function consoleRepository(snapshot: Document | undefined): Document | undefined {
  const [s3, fs] = [mapping(snapshot?.s3), mapping(snapshot?.fs)]
  if (typeof fs?.repo_path === 'string') return { type: 'fs', path: fs.repo_path, clusterPath: fs.repo_path }
  return s3 && s3Repository(s3.repo_uri, s3.aws_region, s3.endpoint)
}

function fromWorkflow(file: Document, note: Note): Document {
  const document: Document = {}
  for (const [key, role] of [
    ['sourceClusters', 'source'],
    ['targetClusters', 'target'],
  ] as const) {
    const clusters = Object.entries(mapping(file[key]) ?? {})
    const [first, ...others] = clusters
    if (first) document[role] = workflowCluster(mapping(first[1]) ?? {}, `/${key}/${first[0]}`, note)
    for (const [name] of others)
      note(
        `/${key}/${name}`,
        'one_session_one_pair',
        `A session has one ${role}; "${name}" needs a session of its own`,
      )
  }
  const [source] = Object.values(mapping(file.sourceClusters) ?? {})
  const repos = mapping(mapping(mapping(source)?.snapshotInfo)?.repos) ?? {}
  const repositories = Object.entries(repos).flatMap(([name, repo]) => {
    const { s3RepoPathUri, awsRegion, endpoint } = mapping(repo) ?? {}
    const repository = s3Repository(s3RepoPathUri, awsRegion, endpoint)
    return repository ? [[name, repository]] : []
  })
  if (repositories.length) document.repositories = Object.fromEntries(repositories)
  const migration = mapping(
    firstOf(
      mapping(firstOf(file.snapshotMigrationConfigs))?.migrations ??
        firstOf(
          Object.values(mapping(mapping(firstOf(file.snapshotMigrationConfigs))?.perSnapshotConfig) ?? {}),
        ),
    ),
  )
  const options = mapping(migration?.metadataMigrationConfig)
  const include = list(options?.indexAllowlist)
  if (include) document.selection = { include }
  const metadata = metadataOptions({
    templates: list(options?.indexTemplateAllowlist),
    componentTemplates: list(options?.componentTemplateAllowlist),
    awarenessAttributes: options?.clusterAwarenessAttributes,
    multiTypes: undefined,
  })
  if (metadata) document.metadata = metadata
  const known = ['sourceClusters', 'targetClusters', 'snapshotMigrationConfigs']
  for (const key of Object.keys(file)) {
    if (!known.includes(key))
      note(`/${key}`, 'not_taken', `"${key}" has no counterpart here and was left out`)
  }
  return document
}

function workflowCluster(cluster: Document, path: string, note: Note): Document {
  const { endpoint, allowInsecure, version } = cluster
  return {
    endpoint,
    auth: workflowAuth(mapping(cluster.authConfig) ?? {}, path, note),
    ...(allowInsecure === true ? { tls: { insecure: true } } : {}),
    ...(typeof version === 'string' ? { version } : {}),
  }
}

function workflowAuth(config: Document, path: string, note: Note): Document {
  const basic = mapping(config.basic)
  if (basic) {
    const secret = typeof basic.secretName === 'string' ? basic.secretName : 'password'
    note(
      `${path}/authConfig/basic/secretName`,
      'secret_not_imported',
      `No secret is imported; the document names it "${secret}"`,
      `Set the secret "${secret}"`,
    )
    return { type: 'basic', username: basic.username ?? 'admin', secret }
  }
  const sigv4 = mapping(config.sigv4)
  if (sigv4) return { type: 'sigv4', region: sigv4.region ?? 'us-east-1', service: sigv4.service ?? 'es' }
  if ('mtls' in config)
    note(
      `${path}/authConfig/mtls`,
      'secret_not_imported',
      'Client certificates are not imported',
      'Enter certificate and key',
    )
  return { type: 'none' }
}

function s3Repository(uri: unknown, region: unknown, endpoint: unknown): Document | undefined {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(typeof uri === 'string' ? uri : '') ?? []
  if (!bucket) return undefined
  return {
    type: 's3',
    bucket,
    ...(prefix ? { prefix: prefix.replace(/\/$/, '') } : {}),
    ...(typeof region === 'string' ? { region } : {}),
    ...(typeof endpoint === 'string' && endpoint ? { endpoint, pathStyle: true } : {}),
  }
}

function metadataOptions(options: Record<string, unknown>): Document | undefined {
  const { templates, componentTemplates, awarenessAttributes } = options
  const given = {
    ...(templates ? { templates: { include: templates } } : {}),
    ...(componentTemplates ? { componentTemplates: { include: componentTemplates } } : {}),
    ...(typeof awarenessAttributes === 'number' ? { awarenessAttributes } : {}),
  }
  return Object.keys(given).length ? given : undefined
}

function mapping(value: unknown): Document | undefined {
  const parsed = v.safeParse(Mapping, value)
  return parsed.success && !Array.isArray(value) ? parsed.output : undefined
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined
}

/** A list, or the comma-separated text of the older form. */
function list(value: unknown): string[] | undefined {
  const entries = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : []
  const names = entries
    .filter((entry) => typeof entry === 'string')
    .map((entry) => entry.trim())
    .filter(Boolean)
  return names.length ? names : undefined
}

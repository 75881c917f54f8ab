// Which software answers, whatever it says on its front page.
import type { ClusterVersion, Flavour } from '../domain/cluster.ts'
import { type ClusterClient, ClusterFailure, type ClusterRequest } from './client.ts'
import { expectJson, failureOf } from './expect-json.ts'
import { foreignText } from './foreign-text.ts'
import { entries, member, strings } from './json.ts'

type Root = { number: string; openSearch: boolean }

/** What every OpenSearch says it is while compatibility.override_main_response_version is set. */
const COMPATIBILITY_NUMBER = '7.10.2'
const OLDEST_ELASTICSEARCH = 5

/**
 * Asks a cluster what it is. Throws ClusterFailure `version` for Elasticsearch before 5 and for what is no search
 * cluster. Elasticsearch 9 is detected; `supportedPair` says how far it is supported.
 */
export async function detectVersion(
  client: ClusterClient,
  limits: Partial<ClusterRequest> = {},
): Promise<ClusterVersion> {
  const request: ClusterRequest = { method: 'GET', path: '/', ...limits }
  const response = await client.send(request)
  if (response.status === 404 && isServerless(client)) return serverless
  if (response.status < 200 || response.status > 299) throw failureOf(client, request, response)
  const root = readRoot(client, response.json())
  if (root.number !== COMPATIBILITY_NUMBER)
    return refuseTooOld(client, versionOf(flavourOf(client, root), root.number, false))
  if (!root.openSearch && !(await isOverridden(client, limits)))
    return versionOf('elasticsearch', root.number, false)
  const number = await onlyNodeVersion(client, limits)
  return versionOf(flavourOf(client, { number, openSearch: true }), number, true)
}

/** The configured override where there is one, what the cluster says of itself otherwise. */
export async function effectiveVersion(client: ClusterClient): Promise<ClusterVersion> {
  const { version } = client.connection
  return version ? parseVersionText(version) : detectVersion(client)
}

/** Reads what a user may write as override: `ES 7.10`, `OS_2.19.4`, `elasticsearch 8.14.1`, `AOS 2.x`, `AOSS`. */
export function parseVersionText(text: string): ClusterVersion {
  if (/^AOSS$/i.test(text.trim())) return serverless
  const match = /^(ES|OS|AOS|elasticsearch|opensearch)[ _]?(\d+(?:\.(?:\d+|x)){0,2})$/i.exec(text.trim())
  const [, product = '', number = ''] = match ?? []
  if (!match) {
    throw new ClusterFailure('version', `Cannot read the version "${foreignText(text, 60)}"`, {
      remedy: 'Write it as "ES 7.10" or "OS 2.19", or leave it out to have it detected.',
    })
  }
  const flavours: Record<string, Flavour> = { e: 'elasticsearch', o: 'opensearch', a: 'amazon-opensearch' }
  return versionOf(flavours[product.charAt(0).toLowerCase()] ?? 'elasticsearch', number, false)
}

const serverless: ClusterVersion = {
  flavour: 'serverless',
  number: 'serverless',
  major: 2,
  minor: 0,
  patch: 0,
  label: 'AOSS',
  compatibilityMode: false,
}

function versionOf(flavour: Flavour, number: string, compatibilityMode: boolean): ClusterVersion {
  const [major = 0, minor = 0, patch = 0] = number.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0)
  const lineage = flavour === 'elasticsearch' ? 'ES' : 'OS'
  return { flavour, number, major, minor, patch, label: `${lineage} ${number}`, compatibilityMode }
}

/** The managed service signs for `es`; its own Elasticsearch domains stay Elasticsearch. */
function flavourOf(client: ClusterClient, { openSearch }: Root): Flavour {
  if (!openSearch) return 'elasticsearch'
  return client.connection.service === 'es' ? 'amazon-opensearch' : 'opensearch'
}

/** OpenSearch Serverless has no front page. Any other web server may answer 404 too, so the 404 alone proves nothing. */
function isServerless({ connection }: ClusterClient): boolean {
  const { hostname } = new URL(connection.endpoint)
  return connection.service === 'aoss' || hostname.endsWith('.aoss.amazonaws.com')
}

function readRoot(client: ClusterClient, json: unknown): Root {
  const version = member(json, 'version')
  const number = member(version, 'number')
  if (typeof number !== 'string' || !/^\d{1,3}\.\d{1,3}\.\d{1,3}([.-][\w.-]{1,40})?$/.test(number)) {
    throw new ClusterFailure(
      'version',
      `Cannot use ${client.connection.endpoint}: it does not say which version it is`,
      {
        evidence: { answer: foreignText(client.redact?.(JSON.stringify(json)) ?? JSON.stringify(json)) },
        remedy: 'Check that the endpoint is an Elasticsearch or OpenSearch cluster.',
      },
    )
  }
  // The tagline tells the truth even where the number is the one of the compatibility switch.
  const openSearch =
    member(version, 'distribution') === 'opensearch' || /opensearch/i.test(String(member(json, 'tagline')))
  return { number, openSearch }
}

async function isOverridden(client: ClusterClient, limits: Partial<ClusterRequest>): Promise<boolean> {
  const query = { flat_settings: true, include_defaults: true, filter_path: '*.compatibility*' }
  const settings = await expectJson(client, {
    method: 'GET',
    path: '/_cluster/settings',
    query,
    ...limits,
  }).catch((error) => {
    // Whoever may not read the settings is left with the tagline, which says Elasticsearch.
    if (error instanceof ClusterFailure && error.kind === '403') return {}
    throw error
  })
  return ['transient', 'persistent', 'defaults'].some((level) => {
    return String(member(member(settings, level), 'compatibility.override_main_response_version')) === 'true'
  })
}

async function onlyNodeVersion(client: ClusterClient, limits: Partial<ClusterRequest>): Promise<string> {
  const versions = await nodeVersions(client, limits)
  const [number] = versions
  if (versions.length === 1 && number) return number
  throw new ClusterFailure(
    'version',
    `Cannot tell the version of ${client.connection.endpoint}: its nodes say ${list(versions)}`,
    {
      evidence: { nodeVersions: versions },
      remedy: 'Finish the upgrade of the cluster, or set its version in the config.',
    },
  )
}

/** The distinct versions of the nodes, sorted: more than one during a rolling upgrade. */
export async function nodeVersions(
  client: ClusterClient,
  limits: Partial<ClusterRequest> = {},
): Promise<string[]> {
  const query = { filter_path: 'nodes.*.version' }
  const answer = await expectJson(client, { method: 'GET', path: '/_nodes', query, ...limits })
  const versions = strings(entries(member(answer, 'nodes')).map(([, node]) => member(node, 'version')))
  return [...new Set(versions.map((version) => foreignText(version, 40)))].sort()
}

function refuseTooOld(client: ClusterClient, version: ClusterVersion): ClusterVersion {
  if (version.flavour !== 'elasticsearch' || version.major >= OLDEST_ELASTICSEARCH) return version
  throw new ClusterFailure(
    'version',
    `Cannot use ${client.connection.endpoint}: ${version.label} is too old`,
    {
      evidence: { version: version.label },
      remedy: `Upgrade it to Elasticsearch ${OLDEST_ELASTICSEARCH} or later first.`,
    },
  )
}

const list = (versions: string[]) => (versions.length === 0 ? 'nothing' : versions.join(' and '))

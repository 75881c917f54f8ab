// The connection test: from the name to the version, ending at the first layer that fails.
import type { ClusterVersion, ConnectionCheck } from '../domain/cluster.ts'
import { type ClusterClient, ClusterFailure } from './client.ts'
import { expectJson } from './expect-json.ts'
import { foreignText } from './foreign-text.ts'
import { member } from './json.ts'
import { detectVersion, nodeVersions } from './version.ts'

/** A person waits for this, so each question is asked once and not for long. */
const limits = { attempts: 1, timeoutMs: 15_000 }

/** Tests a connection. Never throws: whatever goes wrong is the result. */
export async function checkConnection(client: ClusterClient): Promise<ConnectionCheck> {
  const startedAt = performance.now()
  const check: ConnectionCheck = {
    result: 'ok',
    message: '',
    remedy: null,
    evidence: {},
    version: null,
    health: null,
    nodes: null,
    warnings: connectionWarnings(client),
    latencyMs: null,
    checkedAt: new Date().toISOString(),
  }
  try {
    const version = await detectVersion(client, limits)
    check.version = version
    check.latencyMs = Math.round(performance.now() - startedAt)
    check.warnings.push(...versionWarnings(client, version))
    if (version.flavour !== 'serverless') await addState(client, check)
    check.message = `Connected to ${client.connection.endpoint}: ${version.label}`
    return refuseWrongRole(client, check, version)
  } catch (error) {
    return failed(check, error)
  }
}

/** Health and nodes. Not being allowed to see them is a warning; a cluster that cannot tell them is not usable. */
async function addState(client: ClusterClient, check: ConnectionCheck): Promise<void> {
  try {
    const health = await expectJson(client, { ...limits, method: 'GET', path: '/_cluster/health' })
    const status = member(health, 'status')
    const nodes = member(health, 'number_of_nodes')
    if (status === 'green' || status === 'yellow' || status === 'red') check.health = status
    if (typeof nodes === 'number') check.nodes = nodes
    if (check.health === 'red') check.warnings.push('The cluster is red: some of its data cannot be read.')
    const versions = await nodeVersions(client, limits)
    if (versions.length > 1) check.warnings.push(`The nodes have different versions: ${versions.join(', ')}.`)
  } catch (error) {
    if (!(error instanceof ClusterFailure) || error.kind !== '403') throw error
    check.warnings.push(`Health or nodes could not be read: ${error.message}.`)
  }
}

function connectionWarnings({ connection }: ClusterClient): string[] {
  const warnings: string[] = []
  const plain = connection.endpoint.startsWith('http:')
  const secret = connection.auth !== undefined && connection.auth !== 'none'
  if (plain && secret) warnings.push('Credentials travel unencrypted: the endpoint is http.')
  if (!plain && connection.insecure) {
    warnings.push(
      'The certificate is not checked (tls.insecure), so anybody on the way can read and change everything.',
    )
  }
  return warnings
}

function versionWarnings({ connection }: ClusterClient, version: ClusterVersion): string[] {
  const warnings: string[] = []
  if (version.compatibilityMode) {
    warnings.push(`The cluster says 7.10.2 for compatibility; its nodes run ${version.label}.`)
  }
  if (version.flavour === 'elasticsearch' && version.major >= 9) {
    warnings.push(`${version.label} is read on a best effort and is untested.`)
  }
  if (connection.version) warnings.push(`The config overrides the version with "${connection.version}".`)
  return warnings
}

function refuseWrongRole(
  { connection }: ClusterClient,
  check: ConnectionCheck,
  version: ClusterVersion,
): ConnectionCheck {
  if (connection.role !== 'target' || version.flavour !== 'elasticsearch') return check
  return {
    ...check,
    result: 'version',
    message: `Cannot use ${connection.endpoint} as a target: it is ${version.label}, and a target must be OpenSearch`,
    remedy: 'Name an OpenSearch cluster as the target.',
  }
}

function failed(check: ConnectionCheck, error: unknown): ConnectionCheck {
  if (error instanceof ClusterFailure) {
    const { kind: result, message, remedy, evidence } = error
    return { ...check, result, message, remedy, evidence }
  }
  // Nothing but a ClusterFailure is expected; a fault of ours must still be an answer, and not say more than its kind.
  const name = error instanceof Error ? foreignText(error.name, 60) : 'unknown'
  return {
    ...check,
    result: 'protocol',
    message: `The test itself failed (${name})`,
    remedy: 'Look into the log.',
  }
}

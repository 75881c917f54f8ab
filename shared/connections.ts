// From a configured cluster to one that can be connected to: secrets are bound to their use, then unsealed.

import type { Db } from './db/database.ts'
import { bindSecret, findSealed } from './db/secrets.ts'
import type { Cluster, ClusterConnection, ClusterRole, Credentials } from './domain/cluster.ts'
import { Problem } from './problems.ts'
import { hex, type Seal, sha256 } from './seal.ts'

/** What a secret is sealed to, besides the key. */
export function secretPlace(sessionId: string, name: string): string {
  return `session/${sessionId}/secret/${name}`
}

/** The secret that a cluster's auth names, if it names one. */
export function secretOf(cluster: Cluster): string | undefined {
  const { auth } = cluster
  if (auth.type === 'none') return undefined
  return auth.type === 'mtls' ? auth.keySecret : auth.secret
}

/**
 * Binds the cluster's secret to its origin, CA and verification, or refuses with `secret_not_for_this_endpoint`.
 * False where the secret is not set.
 */
export async function bindClusterSecret(db: Db, sessionId: string, cluster: Cluster): Promise<boolean> {
  const name = secretOf(cluster)
  if (name === undefined) return true
  const ca = cluster.tls?.ca
  return bindSecret(db, sessionId, name, {
    origin: new URL(cluster.endpoint).origin,
    caSha256: ca === undefined ? null : hex(await sha256(ca)),
    insecure: cluster.tls?.insecure ?? false,
  })
}

/** The connection with its credentials, for the moment of use. */
export async function resolveConnection(
  { db, seal }: { db: Db; seal: Seal },
  sessionId: string,
  role: ClusterRole,
  cluster: Cluster,
): Promise<ClusterConnection> {
  await bindClusterSecret(db, sessionId, cluster)
  const open = async (name: string) => {
    const sealed = await findSealed(db, sessionId, name)
    if (!sealed)
      throw new Problem(
        'secret_missing',
        `The ${role} names the secret "${name}", which is not set: PUT …/secrets/${name}`,
      )
    return seal.open(sealed, secretPlace(sessionId, name)).catch((error: unknown) => {
      throw new Problem(
        'secret_missing',
        `The secret "${name}" of the ${role} cannot be opened with the MA_SECRET_KEY of this process; set it again`,
        { cause: error },
      )
    })
  }
  const { endpoint, tls, version } = cluster
  return { role, endpoint, credentials: await unseal(cluster, open), tls, version }
}

async function unseal({ auth }: Cluster, open: (name: string) => Promise<string>): Promise<Credentials> {
  switch (auth.type) {
    case 'none':
      return { type: 'none' }
    case 'basic':
      return { type: 'basic', username: auth.username, password: await open(auth.secret) }
    case 'apiKey':
      return { type: 'apiKey', apiKey: await open(auth.secret) }
    case 'mtls':
      return { type: 'mtls', certificate: auth.certificate, key: await open(auth.keySecret) }
    case 'sigv4': {
      const { type, region, service, secret } = auth
      return {
        type,
        region,
        service,
        keys: secret === undefined ? undefined : awsKeys(await open(secret), secret),
      }
    }
  }
}

/** `ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN]`, the form in which an AWS key is set as a secret. */
export function awsKeys(text: string, name: string) {
  const [accessKeyId, secretAccessKey, ...token] = text.trim().split(':')
  if (!accessKeyId || !secretAccessKey)
    throw new Problem(
      'secret_missing',
      `The secret "${name}" is not an AWS key; expected ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN]`,
    )
  return { accessKeyId, secretAccessKey, ...(token.length ? { sessionToken: token.join(':') } : {}) }
}

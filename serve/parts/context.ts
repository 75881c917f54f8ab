// What the Node doors are made of: the environment becomes the interfaces that handlers and jobs see.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import pg from 'pg'
import type { ArtifactStore } from '../../shared/artifacts/store.ts'
import type { DoorClusters } from '../../shared/cluster/client.ts'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import type { Config } from '../../shared/config.ts'
import { secretKeys } from '../../shared/config.ts'
import { type Db, poolDatabase, typeParsers } from '../../shared/db/database.ts'
import type { Log } from '../../shared/http/context.ts'
import { createQueues, type Queues } from '../../shared/queue/enqueue.ts'
import type { Repositories } from '../../shared/repositories/port.ts'
import { createSeal, type Seal } from '../../shared/seal.ts'
import { createSigner, type Signer } from '../../shared/sign.ts'
import { argo } from '../../shared/workflows/argo.ts'
import type { Workflows } from '../../shared/workflows/port.ts'
import { artifactBucket } from './artifact-bucket.ts'
import { artifactFolder } from './artifact-folder.ts'
import { cloudKeys } from './cloud-keys.ts'
import { createLog } from './log.ts'
import { createRepositories } from './repositories.ts'

export type Context = {
  config: Config
  url: string
  db: Db
  queues: Queues
  clusters: DoorClusters
  seal: Seal
  signer: Signer | null
  artifacts: ArtifactStore
  repositories: Repositories
  /** Null where the local engine runs heavy tools. */
  workflows: Workflows | null
  log: Log
  version: string
  close(): Promise<void>
}

type Given = {
  config: Config
  url: string
  secretKey: string
  signingKey?: string | undefined
  name: string
  local: boolean
  ownPorts: () => { host: string; port: number }[]
  /** How workers reach the API, where the environment does not say. */
  apiUrl?: () => string
}

/** Opens the pool and everything over it. `local` is the door that may reach clusters on loopback. */
export async function openContext({
  config,
  url,
  secretKey,
  signingKey = config.MA_SIGNING_KEY,
  name,
  local,
  ownPorts,
  apiUrl = () => '',
}: Given): Promise<Context> {
  const log = createLog(config.MA_LOG, name)
  const pool = new pg.Pool({
    connectionString: url,
    max: 20,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: `migration-assistant ${name}`,
    types: typeParsers(pg.types),
  })
  pool.on('error', (error) => log.warn('a database connection was lost', { error }))
  const db = poolDatabase(pool)
  const database = new URL(url)
  const forbidden = () => [{ host: database.hostname, port: Number(database.port || 5432) }, ...ownPorts()]
  const rules = {
    allowLoopback: local,
    forbidden,
    allow: config.MA_CLUSTER_ALLOW,
    cloudAllow: config.MA_CLOUD_ALLOW,
    cloudKeys: cloudKeys(),
  }
  return {
    config,
    url,
    db,
    queues: createQueues(db),
    clusters: clusterConnector(rules),
    seal: await createSeal(secretKeys(secretKey)),
    signer: signingKey === undefined ? null : await createSigner(signingKey),
    artifacts: artifactStore(config),
    repositories: createRepositories({ roots: repositoryRoots(config), rules }),
    workflows: config.MA_ENGINE === 'argo' ? await openArgo(config, apiUrl) : null,
    log,
    version: productVersion(),
    close: () => pool.end(),
  }
}

/** Only where it is asked for, because the client is large. */
async function openArgo(config: Config, apiUrl: () => string): Promise<Workflows> {
  const { openKubernetes } = await import('./kubernetes.ts')
  const { send, namespace } = openKubernetes()
  return argo(send, {
    namespace: config.MA_ARGO_NAMESPACE ?? namespace,
    image: config.MA_TOOL_IMAGE ?? '',
    apiUrl: () => config.MA_PUBLIC_URL ?? apiUrl(),
  })
}

function artifactStore(config: Config): ArtifactStore {
  const place = config.MA_ARTIFACTS ?? join(resolve(config.MA_DATA_DIR), 'artifacts')
  return place.startsWith('s3://') ? artifactBucket(place) : artifactFolder(resolve(place))
}

function repositoryRoots({ MA_REPOSITORY_ROOTS: roots, MA_DATA_DIR: dataDir }: Config): string[] {
  const given = roots?.split(':').filter(Boolean) ?? [join(dataDir, 'repositories')]
  return given.map((root) => resolve(root))
}

function productVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  return String(JSON.parse(text).version)
}

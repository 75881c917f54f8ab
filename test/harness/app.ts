import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { onTestFinished } from 'vitest'
import { selectRoutes } from '../../handlers/index.ts'
import { artifactFolder } from '../../serve/parts/artifact-folder.ts'
import { listenForEvents } from '../../serve/parts/bell.ts'
import { createMetrics } from '../../serve/parts/metrics.ts'
import { createRepositories } from '../../serve/parts/repositories.ts'
import type { ArtifactStore } from '../../shared/artifacts/store.ts'
import type { DoorClusters } from '../../shared/cluster/client.ts'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import type { EndpointRules } from '../../shared/cluster/endpoint-rules.ts'
import { insertToken } from '../../shared/db/access.ts'
import type { Db } from '../../shared/db/database.ts'
import type { UserRole } from '../../shared/domain/access.ts'
import { createApp } from '../../shared/http/app.ts'
import type { AppEnv, Log } from '../../shared/http/context.ts'
import { createQueues, type Queues } from '../../shared/queue/enqueue.ts'
import { createSeal, type Seal, sha256 } from '../../shared/seal.ts'
import { createSigner } from '../../shared/sign.ts'
import type { Workflows } from '../../shared/workflows/port.ts'
import { workflowReader } from '../../shared/workflows/reader.ts'
import { createDatabase, openDatabase } from './database.ts'

type Call = { token?: string | null; body?: unknown; headers?: Record<string, string> }

export type TestApp = {
  app: Hono<AppEnv>
  db: Db
  url: string
  queues: Queues
  seal: Seal
  clusters: DoorClusters
  artifacts: ArtifactStore
  log: Log
  /** Everything that was logged, as text: for tests that look for what must not be there. */
  logged: string[]
  /** A token of a role; `*` reaches every session. */
  token(role: UserRole, sessions?: string[]): Promise<string>
  /** Calls as an admin unless told otherwise; `token: null` calls as nobody. A body that is not text is sent as JSON. */
  call(method: string, path: string, call?: Call): Promise<Response>
}

type Options = {
  clusters?: DoorClusters
  /** Where the ambient cloud role may be used, and its keys. Default: nowhere. */
  cloud?: Pick<EndpointRules, 'cloudAllow' | 'cloudKeys'>
  /** The engine in Kubernetes. Default: none, the local engine. */
  workflows?: Pick<Workflows, 'read'>
  /** Folders that snapshot repositories may be in. Default: none. */
  repositoryRoots?: string[]
  /** Default: when the test ends. A suite that shares one app gives `afterAll`. */
  whenDone?: (clean: () => Promise<void>) => void
  /** What stands between the app and its database: a clock of the test's own, connections that break. */
  between?: (db: Db) => Db
  /** A migrated database that the test brings along. Default: a fresh copy of the template. */
  url?: string
}

/** The real app over a real Postgres and real queues. */
export async function startApp(options: Options = {}): Promise<TestApp> {
  const { whenDone = onTestFinished } = options
  const { db: direct, url } = options.url
    ? openDatabase(options.url, whenDone)
    : await createDatabase(whenDone)
  const db = options.between?.(direct) ?? direct
  const folder = mkdtempSync(join(tmpdir(), 'ma-artifacts-'))
  whenDone(async () => rmSync(folder, { recursive: true, force: true }))
  const logged: string[] = []
  const log = recordingLog(logged)
  const bell = listenForEvents(url, log)
  whenDone(() => bell.close())
  const queues = createQueues(db)
  const seal = await createSeal([new Uint8Array(32).fill(7)])
  const signer = await createSigner(Buffer.alloc(32, 9).toString('base64'))
  const rules = { allowLoopback: true, ...options.cloud }
  const clusters = options.clusters ?? clusterConnector(rules)
  const artifacts = artifactFolder(folder)
  const repositories = createRepositories({
    roots: options.repositoryRoots ?? [],
    rules,
  })
  const door = {
    version: '0.1.0',
    runtime: 'node' as const,
    engine: options.workflows ? ('argo' as const) : ('local' as const),
    startedAt: new Date().toISOString(),
    basePath: '',
  }
  const provided = {
    db,
    queues,
    seal,
    signer,
    clusters,
    artifacts,
    repositories,
    workflows: workflowReader(options.workflows ?? 'no engine in this test'),
    log,
    bell,
    door,
    metrics: createMetrics(true),
    address: '127.0.0.1',
  }
  const app = createApp(() => provided, selectRoutes())

  const token = async (role: UserRole, sessions?: string[]) => {
    const value = `test-${role}-${crypto.randomUUID()}`
    const row = { name: `test ${role}`, role, sessions: sessions ?? null, createdBy: 'test', expiresAt: null }
    await insertToken(db, { ...row, hash: await sha256(value) })
    return value
  }
  const admin = await token('admin')
  const call = async (method: string, path: string, { token = admin, body, headers = {} }: Call = {}) =>
    app.request(path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return { app, db, url, queues, seal, clusters, artifacts, log, logged, token, call }
}

function recordingLog(lines: string[]): Log {
  const write =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      lines.push(
        `${level} ${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? `${value.stack} ${String(value.cause)}` : value))}`,
      )
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

/** A session as a test's given. */
export async function givenSession(
  { call }: Pick<TestApp, 'call'>,
  name: string,
  config?: Record<string, unknown>,
): Promise<{ id: string; name: string }> {
  const created = await call('POST', '/sessions', { body: { name } })
  if (created.status !== 201) throw new Error(`cannot make session ${name}: ${await created.text()}`)
  if (config) {
    const saved = await call('PUT', `/sessions/${name}/config`, {
      body: config,
      headers: { 'if-match': '*' },
    })
    if (saved.status !== 200) throw new Error(`cannot save config of ${name}: ${await saved.text()}`)
  }
  return created.json() as Promise<{ id: string; name: string }> // the shape is the API's, and its own tests check it
}

/** Two endpoints nobody answers at: enough for whatever does not connect. */
export const twoClusters = {
  source: { endpoint: 'http://127.0.0.1:9', auth: { type: 'none' } },
  target: { endpoint: 'http://127.0.0.1:19', auth: { type: 'none' } },
}

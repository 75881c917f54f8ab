// npm run demo:argo: a tour that a person can watch. Two real clusters on this machine, the product with the Argo engine,
// and a backfill as a workflow in the Kubernetes that KUBECONFIG names. With --stay everything is left running until Ctrl-C.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Workflow } from '../../../shared/domain/workflow.ts'
import { type Product, startProduct } from '../../harness/product.ts'
import { fillDemo } from '../demo-data.ts'
import { missingFor, startEngine } from '../engine.ts'
import { importImage, missingForArgo, openRig } from './cluster.ts'

type Call = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>

const parts: (() => Promise<unknown>)[] = []
const began = Date.now()
const say = (text: string) =>
  console.log(`${((Date.now() - began) / 1_000).toFixed(1).padStart(6)}s  ${text}`)
let ending: Promise<void> | undefined
process.on('SIGINT', () => void end(0))
process.on('SIGTERM', () => void end(0))

try {
  const product = await tour()
  if (process.argv.includes('--stay')) console.log(`\n${product.readyLine}\nCtrl-C ends everything.`)
  else await end(0)
} catch (error) {
  if (!ending) console.error(error instanceof Error ? error.message : String(error))
  await end(1)
}

async function tour(): Promise<Product> {
  const missing = missingForArgo() ?? (await missingFor('es7')) ?? (await missingFor('os2'))
  if (missing) throw new Error(`The tour cannot start: it needs ${missing}`)
  const [repo, dataDir] = await Promise.all(['ma-demo-repo-', 'ma-demo-'].map(folder))
  if (!repo || !dataDir) throw new Error('no temporary folder')
  say('starting Elasticsearch 7.10 and OpenSearch 2.19, and handing the tool image to Kubernetes')
  importImage()
  const [source, target] = await Promise.all(
    ['es7', 'os2'].map((name) => engine(name as 'es7' | 'os2', repo)),
  )
  if (!source || !target) throw new Error('no engine')
  const { indexes, documents } = await fillDemo(source)
  say(`the source holds ${indexes} indexes with ${documents.toLocaleString('en')} documents`)
  const rig = await openRig()
  parts.push(rig.close)
  await rig.mount(repo)
  say(`the engine is installed in the namespace ${rig.namespace}, as kubectl apply -k does`)
  const product = await startProduct({
    dataDir,
    env: {
      MA_ENGINE: 'argo',
      KUBECONFIG: rig.kubeconfig,
      MA_ARGO_NAMESPACE: rig.namespace,
      MA_TOOL_IMAGE: rig.image,
      MA_REPOSITORY_ROOTS: repo,
    },
  })
  parts.push(product.stop)
  await migrate(caller(product), source.url, target.url, join(repo, 'demo'), rig.namespace)
  return product
}

async function migrate(call: Call, source: string, target: string, path: string, namespace: string) {
  const cluster = (endpoint: string) => ({ endpoint, auth: { type: 'none' } })
  const config = {
    source: cluster(source),
    target: cluster(target),
    repositories: { main: { type: 'fs', path } },
  }
  await call('POST', '/sessions', { name: 'demo' })
  await call('PUT', '/sessions/demo/config', config)
  const snapshotRef = { repository: 'main', snapshot: 'tour' }
  await call('POST', '/sessions/demo/snapshot/start', snapshotRef)
  await until(call, 'snapshot/status', ({ status }) => status === 'Completed')
  say('the snapshot is taken')
  await call('POST', '/sessions/demo/metadata/start', { dryRun: false })
  await until(call, 'metadata/latest_status', ({ status }) => /^Completed/.test(String(status)))
  say('templates, mappings and aliases are on the target')
  // Slow enough to be watched.
  const rateLimit = { documents: 400 }
  const plan = { workers: 2, gates: ['begin'], existing: 'overwrite', rateLimit }
  const { id } = await call('POST', '/sessions/demo/backfill/start', { snapshotRef, plan })
  say(
    `the backfill is the workflow backfill-${id}; look at it: kubectl -n ${namespace} get workflows,jobs,pods`,
  )
  const watching = watch(call, String(id))
  await until(call, 'backfill/status', ({ waitingFor }) => codeOf(waitingFor) === 'approval')
  const { items } = await call('GET', '/sessions/demo/approvals?state=waiting')
  const [approval] = items as { id: string }[]
  await call('POST', `/approvals/${approval?.id}/approve`, { comment: 'the tour goes on' })
  say('it waited for a person at its first gate, and is let through')
  await until(call, 'backfill/status', ({ phase }) => phase === 'Running')
  await call('POST', '/sessions/demo/backfill/scale', { workers: 3 })
  say('scaled to three workers')
  const status = await until(call, 'backfill/status', ({ phase }) =>
    /^(Completed|Failed)/.test(String(phase)),
  )
  await watching
  const { progress } = status as { progress: { documents: { total: number; done: number } } }
  say(
    `${status.phase}: ${progress.documents.done} of ${progress.documents.total} documents, counted on the target`,
  )
  if (status.phase !== 'Completed') throw new Error(JSON.stringify(status.run))
}

/** Prints the tree each time it looks different, until the workflow is over. */
async function watch(call: Call, run: string): Promise<void> {
  let before = ''
  for (;;) {
    const found = await call('GET', `/runs/${run}/workflow`).catch(() => undefined)
    const workflow = found as Workflow | undefined
    const lines = (workflow?.nodes ?? []).map(
      ({ depth, name, phase, message }) =>
        `${'  '.repeat(depth + 1)}${phase} ${name}${message ? `: ${message}` : ''}`,
    )
    const now = [`workflow ${workflow?.phase}`, ...lines].join('\n         ')
    if (workflow && now !== before) say(now)
    before = now
    if (workflow?.finishedAt) return
    await sleep(500)
  }
}

async function until(call: Call, what: string, is: (status: Record<string, unknown>) => boolean) {
  for (let polls = 0; polls < 1_200; polls++) {
    const status = await call('GET', `/sessions/demo/${what}`)
    if (is(status)) return status
    if (/^(Failed|Stopped)/.test(String(status.status ?? status.phase)))
      throw new Error(`${what}: ${JSON.stringify(status.run)}`)
    await sleep(250)
  }
  throw new Error(`${what} does not get there`)
}

function codeOf(waitingFor: unknown): unknown {
  return typeof waitingFor === 'object' && waitingFor !== null && 'code' in waitingFor
    ? waitingFor.code
    : null
}

function caller({ url, adminToken }: Product): Call {
  return async (method, path, body) => {
    const headers = {
      authorization: `Bearer ${adminToken}`,
      'content-type': 'application/json',
      'if-match': '*',
    }
    const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (await response.json()) as Record<string, unknown> // our own API's answer
  }
}

async function folder(name: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), name))
  parts.push(() => rm(path, { recursive: true, force: true }))
  // Workers in pods are another user of this machine.
  await chmod(path, 0o755)
  return path
}

async function engine(name: 'es7' | 'os2', repo: string) {
  const running = await startEngine(name, { repoPaths: [repo] })
  parts.push(running.stop)
  return running
}

/** Ends what was started, the last first; a second Ctrl-C changes nothing. */
function end(code: number): Promise<void> {
  ending ??= (async () => {
    for (const stop of parts.reverse()) await stop().catch((error: unknown) => console.error(String(error)))
    process.exit(code)
  })()
  return ending
}

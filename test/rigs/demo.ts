// npm run demo: a real Elasticsearch full of sample data, a real OpenSearch beside it, and the product with a session
// that is ready to go. Needs this repository, Java 17 or newer, and Maven. Ctrl-C ends all of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Product, startProduct } from '../harness/product.ts'
import { fillDemo } from './demo-data.ts'
import { type Engine, missingFor, startEngine } from './engine.ts'

const SESSION = 'demo'
const parts: (() => Promise<unknown>)[] = []
let ending: Promise<void> | undefined

process.on('SIGINT', () => void end(0))
process.on('SIGTERM', () => void end(0))

try {
  await start()
} catch (error) {
  if (!ending) console.error(error instanceof Error ? error.message : String(error))
  await end(1)
}

async function start() {
  const missing = (await missingFor('es7')) ?? (await missingFor('os2'))
  if (missing) throw new Error(`The demo cannot start: this machine lacks ${missing}`)
  console.error(
    'starting Elasticsearch 7.10 and OpenSearch 2.19; the first time on a machine they are downloaded',
  )
  const dataDir = await mkdtemp(join(tmpdir(), 'ma-demo-'))
  parts.push(() => rm(dataDir, { recursive: true, force: true }))
  const [source, target] = await Promise.all([engine('es7'), engine('os2')])
  console.error('filling Elasticsearch with sample data')
  const { indexes, documents } = await fillDemo(source)
  const port = Number(process.env.MA_PORT || 8080)
  const product = await startProduct({ dataDir, port })
  parts.push(product.stop)
  product.child.once('exit', () => void end(1))
  await openSession(product, source, target)
  console.log(
    guide(product, source, target, `${indexes} indexes, ${documents.toLocaleString('en')} documents`),
  )
  console.log(product.readyLine)
}

async function engine(name: 'es7' | 'os2'): Promise<Engine> {
  const running = await startEngine(name)
  parts.push(running.stop)
  return running
}

/** A session with both clusters, each of them tested. */
async function openSession(product: Product, source: Engine, target: Engine) {
  const cluster = ({ url }: Engine) => ({ endpoint: url, auth: { type: 'none' } })
  await call(product, 'POST', '/sessions', { name: SESSION, description: 'A shop that moves to OpenSearch' })
  await call(product, 'PUT', `/sessions/${SESSION}/config`, {
    source: cluster(source),
    target: cluster(target),
  })
  for (const role of ['source', 'target'])
    await call(product, 'POST', `/sessions/${SESSION}/clusters/${role}/test`)
}

async function call({ url, adminToken }: Product, method: string, path: string, body?: object) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', 'if-match': '*' },
    body: body && JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
}

function guide({ url }: Product, source: Engine, target: Engine, content: string): string {
  return `
  Elasticsearch 7.10.2  ${source.url}  ${content}
  OpenSearch 2.19.4     ${target.url}  empty
  Session "${SESSION}"        both clusters entered and tested

  1. Open the link below, and the session "${SESSION}".
  2. Metadata: Evaluate shows item by item what would happen. Migrate does it, live.
  3. Look at the result: curl '${target.url}/_cat/indices?v'

  The API reader is at ${url}/docs. Ctrl-C ends everything and removes the data.
`
}

/** Ends what was started, the last first; a second Ctrl-C changes nothing. */
function end(code: number): Promise<void> {
  ending ??= (async () => {
    for (const stop of parts.reverse()) await stop().catch((error: unknown) => console.error(String(error)))
    process.exit(code)
  })()
  return ending
}

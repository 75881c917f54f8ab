// Bundles each handler as a deployable of its own: one Worker with one route. A manifest says which file takes what.
import { rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, type Metafile, type Plugin } from 'esbuild'
import type { Hono } from 'hono'
import { handlers } from '../handlers/index.ts'
import type { AppEnv } from '../shared/http/context.ts'

type Entry = { id: string; method: string; path: string; file: string; bytes: number }

const project = join(import.meta.dirname, '..')
const NAMESPACE = 'handler'
/** Most routes send no job, and the sender of jobs would be the most of their bundles. */
const QUEUES = 'shared/queue/queues.ts'

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist/handlers' } } })
const out = join(project, values.out)
rmSync(out, { recursive: true, force: true })
const { outputs } = await bundle(await senders())
const manifest = Object.entries(handlers).map(([file, handler]) => describe(file, handler, outputs))
writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
const sizes = manifest.map(({ bytes }) => Math.round(bytes / 1024))
console.log(
  `${manifest.length} handlers in ${values.out}, ${Math.min(...sizes)} to ${Math.max(...sizes)} KiB each`,
)

/** The handlers that reach a queue contract, found by following their imports. */
async function senders(): Promise<Set<string>> {
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: Object.keys(handlers).map((file) => `handlers/${file}.ts`),
    outdir: out,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    packages: 'external',
  })
  const reaching = Object.values(metafile.outputs).filter(({ inputs }) => QUEUES in inputs)
  return new Set(reaching.map(({ entryPoint = '' }) => entryPoint.slice('handlers/'.length, -'.ts'.length)))
}

async function bundle(sending: Set<string>): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: Object.fromEntries(Object.keys(handlers).map((file) => [file, `${NAMESPACE}:${file}`])),
    outdir: out,
    bundle: true,
    metafile: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*', ...builtinModules],
    // What is CommonJS in a bundle asks for Node's modules with `require`, which a module Worker has to make itself.
    banner: {
      js: `import{createRequire as requireOfNode}from'node:module';const require=requireOfNode('file:///worker.js');`,
    },
    plugins: [oneRoute(sending)],
    logLevel: 'error',
  })
  return metafile
}

/** The entry of a bundle: the Worker of serve/workerd.ts around a single route. */
function oneRoute(sending: Set<string>): Plugin {
  return {
    name: 'one-route',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^handler:/ }, ({ path }) => ({
        path: path.slice(NAMESPACE.length + 1),
        namespace: NAMESPACE,
      }))
      onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        resolveDir: project,
        contents: `
          import handler from './handlers/${path}.ts'
          import { createWorker } from './serve/parts/worker.ts'
          ${sending.has(path) ? `import { createQueues } from './shared/queue/enqueue.ts'` : ''}
          export default createWorker({ routes: () => [handler]${sending.has(path) ? ', createQueues' : ''} })`,
      }))
    },
  }
}

function describe(file: string, handler: Hono<AppEnv>, outputs: Metafile['outputs']): Entry {
  const id = file.replace(/[/-]([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const [route] = handler.routes
  const written = outputs[`${values.out}/${file}.js`]
  if (!route || !written) throw new Error(`handlers/${file}.ts has no route, or no bundle was made of it`)
  return { id, method: route.method, path: route.path, file: `${file}.js`, bytes: written.bytes }
}

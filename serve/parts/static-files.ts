import { existsSync, readFileSync, statSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import type { Hono } from 'hono'
import type { AppEnv } from '../../shared/http/context.ts'
import { fileHeaders, READER } from './reader.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

type File = { body: Uint8Array<ArrayBuffer>; type: string }

/** The index names its files below `/ui/`, wherever the door mounts them. */
function mounted(index: File | undefined, basePath: string): File | undefined {
  if (!index || basePath === '') return index
  const text = new TextDecoder().decode(index.body).replaceAll('="/ui/', `="${basePath}/ui/`)
  return { ...index, body: new TextEncoder().encode(text) }
}

/** Reads a built file below `root`; a page of the app (a path without an extension) is its index. */
function readBuilt(root: string, path: string): File | undefined {
  const inside = normalize(join('/', path))
  const file = join(root, extname(inside) ? inside : 'index.html')
  if (!existsSync(file) || !statSync(file).isFile()) return undefined
  return {
    body: new Uint8Array(readFileSync(file)),
    type: types[extname(file)] ?? 'application/octet-stream',
  }
}

/** Serves the built UI at `/ui`, and the files of the API reader at `/docs/`. */
export function serveStatic(app: Hono<AppEnv>, roots: { ui: string; docs: string; basePath: string }): void {
  const answer = (file: File | undefined, immutable: boolean) =>
    file
      ? new Response(file.body, {
          headers: fileHeaders(file.type, immutable ? 'public, max-age=31536000, immutable' : 'no-cache'),
        })
      : new Response('Not found', { status: 404 })
  app.get('/', (c) => c.redirect(`${roots.basePath}/ui/`))
  app.get('/ui', (c) => c.redirect(`${roots.basePath}/ui/`))
  app.get('/ui/*', (c) => {
    const path = c.req.path.slice(c.req.path.indexOf('/ui/') + 3)
    const file = readBuilt(roots.ui, path)
    return answer(extname(path) ? file : mounted(file, roots.basePath), path.startsWith('/assets/'))
  })
  app.get('/docs/reader.js', () =>
    answer({ body: new TextEncoder().encode(READER), type: types['.js'] ?? '' }, false),
  )
  app.get('/docs/:file{swagger-ui(-bundle)?\\.(js|css)}', (c) =>
    answer(readBuilt(roots.docs, `/${c.req.param('file')}`), false),
  )
}

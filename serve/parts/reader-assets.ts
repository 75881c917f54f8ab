import { fileHeaders, READER } from './reader.ts'
import type { Bindings } from './worker.ts'

const FILE = /\/docs\/(reader\.js|swagger-ui\.css|swagger-ui-bundle\.js)$/

/** A file of the API reader from the Worker's assets (wrangler.toml), or undefined where the path is none. */
export async function readerFile(request: Request, bindings: Bindings): Promise<Response | undefined> {
  const url = new URL(request.url)
  const [path, file] = FILE.exec(url.pathname) ?? []
  const basePath = String(bindings.MA_BASE_PATH ?? '')
  if (path === undefined || request.method !== 'GET' || url.pathname !== basePath + path) return undefined
  const type = file?.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8'
  if (file === 'reader.js') return new Response(READER, { headers: fileHeaders(type) })
  const found = isFetcher(bindings.READER) ? await bindings.READER.fetch(new URL(`/${file}`, url)) : undefined
  return found?.ok ? new Response(found.body, { headers: fileHeaders(type) }) : undefined
}

function isFetcher(binding: unknown): binding is { fetch(url: URL): Promise<Response> } {
  return typeof binding === 'object' && binding !== null && 'fetch' in binding
}

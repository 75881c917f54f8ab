// Cleans what a test file left on a shared engine. Files keep apart by the prefix of their names.
import { Agent, fetch } from 'undici'
import type { Rig } from './engines.ts'

export type Reach = Pick<Rig, 'url'> & { ca?: string; authorization?: string }

/** Deletes everything whose name begins with `prefix`: data streams, indexes, templates, pipelines, scripts, repositories. */
export async function wipe(reach: Reach | string, prefix: string): Promise<void> {
  if (!/^[a-z0-9][\w-]*$/.test(prefix)) throw new Error(`Cannot wipe "${prefix}": it is no prefix`)
  const rig = typeof reach === 'string' ? { url: reach } : reach
  await remove(rig, '/_data_stream', await dataStreams(rig, prefix))
  await remove(rig, '', await indexes(rig, prefix))
  // Component templates go last, because index templates hold on to them.
  await remove(rig, '/_index_template', await named(rig, '/_index_template', 'index_templates', prefix))
  await remove(
    rig,
    '/_component_template',
    await named(rig, '/_component_template', 'component_templates', prefix),
  )
  for (const path of ['/_template', '/_ingest/pipeline', '/_snapshot']) {
    await remove(
      rig,
      path,
      Object.keys(await json(rig, path)).filter((name) => name.startsWith(prefix)),
    )
  }
  const { metadata } = await json(rig, '/_cluster/state/metadata?filter_path=metadata.stored_scripts')
  await remove(
    rig,
    '/_scripts',
    Object.keys(metadata?.stored_scripts ?? {}).filter((name) => name.startsWith(prefix)),
  )
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, read by tests alone; a wrong one fails the test.
type Loose = Record<string, any>

async function indexes(rig: Reach, prefix: string): Promise<string[]> {
  const { metadata } = await json(rig, '/_cluster/state/metadata?filter_path=metadata.indices.*.state')
  return Object.keys(metadata?.indices ?? {}).filter((name) => name.startsWith(prefix))
}

const dataStreams = (rig: Reach, prefix: string) => named(rig, '/_data_stream', 'data_streams', prefix)

async function named(rig: Reach, path: string, list: string, prefix: string): Promise<string[]> {
  const found: Loose[] = (await json(rig, path))[list] ?? []
  return found.map(({ name }) => String(name)).filter((name) => name.startsWith(prefix))
}

async function remove(rig: Reach, path: string, names: string[]): Promise<void> {
  for (const name of names) {
    const { status } = await call(rig, 'DELETE', `${path}/${encodeURIComponent(name)}`)
    if (status >= 300 && status !== 404) throw new Error(`Cannot delete ${path}/${name}: status ${status}`)
  }
}

/** The answer as JSON; empty where this version has no such route. */
async function json(rig: Reach, path: string): Promise<Loose> {
  const { status, text } = await call(rig, 'GET', path)
  if ([400, 404, 405].includes(status)) return {}
  if (status >= 300) throw new Error(`Cannot read ${path}: status ${status} ${text.slice(0, 300)}`)
  return JSON.parse(text)
}

async function call(rig: Reach, method: string, path: string): Promise<{ status: number; text: string }> {
  const dispatcher = new Agent({ connect: { ca: rig.ca } })
  try {
    const headers: Record<string, string> = rig.authorization ? { authorization: rig.authorization } : {}
    const response = await fetch(rig.url + path, { method, headers, dispatcher })
    return { status: response.status, text: await response.text() }
  } finally {
    await dispatcher.close()
  }
}

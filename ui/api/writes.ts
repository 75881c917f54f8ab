// Writes whose form the generated types do not say exactly; each cast is explained where it stands.
import { answer, api, type Imported, idempotencyKey, ok, type Run } from './client.ts'
import type { components } from './schema.d.ts'

type MetadataParams = components['schemas']['MetadataParams']

/** Opens a metadata run. What is left out here, the config and the API's defaults fill in. */
export function startMetadata(session: string, given: Partial<MetadataParams>): Promise<Run> {
  const header = { 'Idempotency-Key': idempotencyKey() }
  const body = given as MetadataParams // the generated type demands what has a default; the API does not
  return ok(api.POST('/sessions/{session}/metadata/start', { params: { path: { session }, header }, body }))
}

export function retryFailedMetadata(session: string): Promise<Run> {
  const header = { 'Idempotency-Key': idempotencyKey() }
  return ok(
    api.POST('/sessions/{session}/metadata/retry_failed', {
      params: { path: { session }, header },
      body: {},
    }),
  )
}

/** Reads a YAML file into a document of ours, without saving it. */
export function readYaml(session: string, text: string): Promise<Imported> {
  return ok(
    api.POST('/sessions/{session}/config/import', {
      params: { path: { session }, query: { save: 'false' } },
      headers: { 'content-type': 'application/yaml' },
      body: text as never, // the schema describes no body here, because it is not JSON
      bodySerializer: (body: unknown) => String(body),
    }),
  )
}

export async function saveConfig(session: string, document: Record<string, unknown>, etag: string) {
  const { response } = await answer(
    api.PUT('/sessions/{session}/config', {
      params: { path: { session }, header: { 'If-Match': etag } },
      body: document,
    }),
  )
  return response.headers.get('etag') ?? etag
}

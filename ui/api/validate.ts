// Validation: what is read and written of it.
import { query } from '@solidjs/router'
import { api, type Check, type CheckName, idempotencyKey, ok, type Run } from './client.ts'
import { readAll } from './pages.ts'
import type { components } from './schema.d.ts'

export const getValidateStatus = query(
  (session: string) =>
    ok(api.GET('/sessions/{session}/validate/latest_status', { params: { path: { session } } })),
  'validate-status',
)

/** Opens a validation. What is left out here, the config and the API's defaults fill in. */
export function startValidation(session: string, checks: CheckName[]): Promise<Run> {
  const header = { 'Idempotency-Key': idempotencyKey() }
  const body = { checks } as components['schemas']['ValidateParams'] // demands what has a default; the API does not
  return ok(api.POST('/sessions/{session}/validate/start', { params: { path: { session }, header }, body }))
}

/** Every check of a run. */
export const getChecks = query(
  (run: string): Promise<Check[]> =>
    readAll(async (cursor) => {
      const asked = { kind: 'check' as const, limit: '500', ...(cursor && { cursor }) }
      const page = await ok(api.GET('/runs/{run}/items', { params: { path: { run }, query: asked } }))
      return { items: page.items.flatMap(({ detail }) => detail.check ?? []), next: page.next }
    }),
  'checks',
)

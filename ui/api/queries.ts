// What more than one page reads. Each is fetched once, however many parts of the screen show it.
import { query } from '@solidjs/router'
import { answer, api, type ClusterRole, ok } from './client.ts'

export const getSession = query(
  (session: string) => ok(api.GET('/sessions/{session}', { params: { path: { session } } })),
  'session',
)

/** The document with the version it was read at. */
export const getConfig = query(async (session: string) => {
  const { data, response } = await answer(
    api.GET('/sessions/{session}/config', { params: { path: { session } } }),
  )
  return { document: data, etag: response.headers.get('etag') ?? '"0"' }
}, 'config')

export const getValidity = query(
  async (session: string, document: Record<string, unknown>) =>
    ok(api.POST('/sessions/{session}/config/validate', { params: { path: { session } }, body: document })),
  'config-validity',
)

export const getVersions = query(
  (session: string) =>
    ok(
      api.GET('/sessions/{session}/config/versions', {
        params: { path: { session }, query: { limit: '100' } },
      }),
    ),
  'config-versions',
)

export const getSecrets = query(
  (session: string) => ok(api.GET('/sessions/{session}/secrets', { params: { path: { session } } })),
  'secrets',
)

export const getCluster = query(
  (session: string, role: ClusterRole) =>
    ok(api.GET('/sessions/{session}/clusters/{role}', { params: { path: { session, role } } })),
  'cluster',
)

export const getIndexSums = query(
  (session: string, role: ClusterRole) =>
    ok(
      api.GET('/sessions/{session}/clusters/{role}/indexes', {
        params: { path: { session, role }, query: { limit: '1' } },
      }),
    ),
  'index-sums',
)

export const getMetadataStatus = query(
  (session: string) =>
    ok(api.GET('/sessions/{session}/metadata/latest_status', { params: { path: { session } } })),
  'metadata-status',
)

export const getRuns = query(
  (session: string) =>
    ok(api.GET('/sessions/{session}/runs', { params: { path: { session }, query: { limit: '100' } } })),
  'runs',
)

export const getRun = query((run: string) => ok(api.GET('/runs/{run}', { params: { path: { run } } })), 'run')

/** Events, newest first, before a cursor. */
export async function readEvents(session: string, limit: number, cursor?: string) {
  const query = { order: 'newest' as const, limit: String(limit), ...(cursor && { cursor }) }
  const headers = { accept: 'application/json' }
  const page = await ok(
    api.GET('/sessions/{session}/events', { params: { path: { session }, query }, headers }),
  )
  return page as Exclude<typeof page, string> // the other form is that of the stream, which was not asked for
}

export const getLatestEvents = query((session: string) => readEvents(session, 100), 'latest-events')

// A cluster of canned answers, at the interface we own: for what no real engine of this machine would say.
import type { ClusterClient, ClusterIdentity, ClusterRequest } from '../../../shared/cluster/client.ts'
import { responseOf } from '../../../shared/cluster/response.ts'

type Canned = { status?: number; body: unknown }

/** Answers by path; a path that is not stated is a 404 such as Elasticsearch gives. */
export function fakeClient(
  answers: Record<string, Canned | Error>,
  connection: Partial<ClusterIdentity> = {},
) {
  const requests: ClusterRequest[] = []
  const client: ClusterClient = {
    connection: { role: 'source', endpoint: 'https://cluster.example', ...connection },
    async send(request) {
      requests.push(request)
      const answer = answers[request.path] ?? { status: 404, body: { error: 'not found', status: 404 } }
      if (answer instanceof Error) throw answer
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
      const raw = {
        status: answer.status ?? 200,
        headers: new Headers(),
        bytes: new TextEncoder().encode(text),
      }
      return responseOf(raw, 'https://cluster.example')
    },
    close: async () => {},
  }
  return { client, requests }
}

/** The front page of a cluster. */
export const frontPage = (number: string, more: object = {}, tagline = 'You Know, for Search') => ({
  '/': { body: { version: { number, ...more }, tagline } },
})

export const openSearch = { distribution: 'opensearch' }

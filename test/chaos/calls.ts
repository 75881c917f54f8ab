// What the tests of a whole control plane share: calls that outlast a restart, a snapshot, what a target was sent.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, User } from '../acceptance/journey.ts'
import { ask } from '../tools/snapshot/source-engine.ts'
import type { Plane } from './plane.ts'

const PATIENCE_MS = 30_000

/** A user of the plane whose reads wait for one that is on its way up; a change is asked for once. */
export function userOf(plane: Pick<Plane, 'url' | 'adminToken'>): Pick<User, 'call'> {
  const once: User['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(plane.url + path, {
      method,
      headers: {
        authorization: `Bearer ${plane.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return { status: response.status, headers: response.headers, body: parse(await response.text()) }
  }
  return {
    async call(method, path, body, headers) {
      for (const end = Date.now() + PATIENCE_MS; ; await sleep(200)) {
        const answer: Answer | null = await once(method, path, body, headers).catch((error: unknown) => {
          if (method !== 'GET' || Date.now() > end) throw error
          return null
        })
        if (answer && (method !== 'GET' || answer.status < 500 || Date.now() > end)) return answer
      }
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Documents that the target was sent for this index: each one that was created or refused. */
export async function sentTo(url: string, index: string): Promise<number> {
  type Stats = { _all: { primaries: { indexing: { index_total?: number; index_failed?: number } } } }
  const path = `/${index}/_stats/indexing?filter_path=_all.primaries.indexing`
  const { index_total = 0, index_failed = 0 } = (await ask<Stats>(url, 'GET', path))._all.primaries.indexing
  return index_total + index_failed
}

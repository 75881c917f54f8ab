// The stage of a page test: an API that answers what the test states and fails on anything else, and a page on it.
import { createMemoryHistory, MemoryRouter, query, Route } from '@solidjs/router'
import { cleanup, render } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import type { Component } from 'solid-js'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { readMe } from '../../ui/access/access.ts'
import type { LightStatus, Run, Session } from '../../ui/api/client.ts'
import { LiveProvider } from '../../ui/live/live.tsx'
import { Announcer } from '../../ui/parts/announcer.tsx'

export const server = setupServer()

/** Every test of the file runs against `server`, and leaves nothing behind for the next. */
export function onStage(): void {
  const unstated: string[] = []
  beforeAll(() =>
    server.listen({
      onUnhandledFrame({ frame, defaults }) {
        unstated.push(describe(frame))
        defaults.error()
      },
    }),
  )
  afterEach(() => {
    cleanup()
    // A page shows a request that failed as a problem, so the refusal alone would let the test pass.
    expect(unstated.splice(0), 'requests that the test did not state').toEqual([])
    server.resetHandlers()
    query.clear()
    sessionStorage.clear()
    document.body.replaceChildren()
  })
  afterAll(() => server.close())
}

/** The address that was asked for; msw leaves the type of a frame's data open. */
function describe({ data }: { data: unknown }): string {
  const request = typeof data === 'object' && data !== null && 'request' in data ? data.request : undefined
  return request instanceof Request ? `${request.method} ${request.url}` : 'something other than a request'
}

export const at = (path: string) => `http://migration.test${path}`
export const get = (path: string, body: object, headers: Record<string, string> = {}) =>
  http.get(at(path), () => HttpResponse.json(body, { headers }))

export function problem(status: number, code: string, detail: string, extra: object = {}) {
  return HttpResponse.json(
    {
      type: `urn:migration-assistant:problem:${code}`,
      title: `Title of ${code}`,
      status,
      code,
      detail,
      requestId: 'req-7',
      ...extra,
    },
    { status, headers: { 'content-type': 'application/problem+json' } },
  )
}

export async function signedIn(role: 'viewer' | 'operator' | 'admin' = 'admin'): Promise<void> {
  server.use(get('/auth/me', { name: 'tess', role, sessions: '*', via: 'cookie' }))
  await readMe()
}

/** Opens a page at an address. Streams are blocked, so live data comes by asking again. */
export function openPage(address: string, pattern: string, page: Component) {
  const history = createMemoryHistory()
  history.set({ value: address })
  const Page = page
  const Room: Component = () => (
    <LiveProvider session="orders">
      <Page />
      <Announcer />
    </LiveProvider>
  )
  render(() => (
    <MemoryRouter history={history}>
      <Route path={pattern} component={Room} />
      <Route path="*" component={() => <p>Another page</p>} />
    </MemoryRouter>
  ))
  return history
}

export const RUN = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff'

export function aRun(given: Partial<Run> = {}): Run {
  return {
    id: RUN,
    sessionId: 'b5a1f2d4-1111-4222-8333-944455566677',
    action: 'metadata',
    state: 'Completed',
    params: { dryRun: true },
    configVersion: 3,
    retryOf: null,
    requestedBy: 'tess',
    reason: null,
    workflow: null,
    progress: null,
    result: null,
    error: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: '2026-01-01T00:00:01.000Z',
    finishedAt: '2026-01-01T00:01:00.000Z',
    updatedAt: '2026-01-01T00:01:00.000Z',
    lastProgressAt: null,
    waitingFor: null,
    ...given,
  }
}

export const running = { state: 'Running', finishedAt: null } as const

export function aStatus(run: Run | null, given: Partial<LightStatus> = {}): LightStatus {
  return {
    status: run?.state ?? 'NotStarted',
    progress: run?.progress ?? null,
    artifacts: [],
    run,
    items: { ok: 0, skipped: 0, warning: 0, failed: 0 },
    issues: [],
    ...given,
  }
}

export function aSession(given: Partial<Session> = {}): Session {
  return {
    id: 'b5a1f2d4-1111-4222-8333-944455566677',
    name: 'orders',
    description: '',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    archivedAt: null,
    actions: {},
    openIssues: 0,
    source: null,
    target: null,
    lastActivityAt: '2026-01-01T00:00:00.000Z',
    ...given,
  } as Session // the actions of a session are named by the test that looks at them
}

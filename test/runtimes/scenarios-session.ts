// A session from its creation to a queued run.
import * as v from 'valibot'
import { expect } from 'vitest'
import type { Db } from '../../shared/db/database.ts'
import { call, expectProblem, givenSession, json, type Scenario, unansweredClusters } from './world.ts'

export const sessionScenarios: Scenario[] = [
  [
    'creates a session and finds it again by name and id',
    async (world) => {
      const name = `created-${world.door.runtime}`
      const created = await call(world, 'POST', '/sessions', { body: { name, description: 'Größe ✓' } })
      const session = await json(created)

      expect(created.status).toBe(201)
      expect(created.headers.get('location')).toBe(`/sessions/${name}`)
      expect(session).toMatchObject({ name, description: 'Größe ✓', archivedAt: null })
      expect(session.createdAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
      for (const key of [name, session.id])
        expect(await json(await call(world, 'GET', `/sessions/${key}`))).toEqual(session)
    },
  ],
  [
    'keeps a config by version: 0, 1, and what is there with *',
    async (world) => {
      const { name } = await givenSession(world)
      const path = `/sessions/${name}/config`
      const put = (match: string, body: object) =>
        call(world, 'PUT', path, { body, headers: { 'if-match': match } })
      const empty = await call(world, 'GET', path)

      expect([await json(empty), empty.headers.get('etag')]).toEqual([{}, '"0"'])
      expect((await put('"0"', unansweredClusters)).headers.get('etag')).toBe('"1"')
      expect(await json(await call(world, 'GET', path))).toMatchObject(unansweredClusters)
      await expectProblem(await put('"0"', {}), 412, 'stale_version')
      expect((await put('*', {})).headers.get('etag')).toBe('"2"')
      expect(await json(await call(world, 'GET', `${path}/versions/1`))).toMatchObject({
        version: 1,
        valid: true,
      })
    },
  ],
  [
    'takes a secret in and never lets it out',
    async (world) => {
      const { name } = await givenSession(world)
      const value = 'do-not-tell-this'
      const set = await call(world, 'PUT', `/sessions/${name}/secrets/key`, { body: { value } })
      const listed = await call(world, 'GET', `/sessions/${name}/secrets`)
      const [said, list] = [await set.text(), await listed.text()]

      expect(set.status).toBe(200)
      expect(JSON.parse(list)).toMatchObject({ items: [{ name: 'key', boundTo: null }] })
      expect(`${said}${list}${world.door.child.output()}`).not.toContain(value)
    },
  ],
  [
    'opens a run and queues its job once, however often the same request comes',
    async (world) => {
      const { name } = await givenSession(world, unansweredClusters)
      const path = `/sessions/${name}/metadata`
      const start = (key: string) =>
        call(world, 'POST', `${path}/start`, {
          body: { dryRun: true },
          headers: { 'idempotency-key': `${name}-${key}` },
        })
      const started = await start('one')
      const run = await json(started)

      expect(started.status).toBe(202)
      expect(started.headers.get('location')).toBe(`/runs/${run.id}`)
      expect(run).toMatchObject({ action: 'metadata', state: 'Pending' })
      expect(await json(await start('one'))).toEqual(run)
      await expectProblem(await start('two'), 409, 'run_in_progress')
      expect(await jobs(world.db, String(run.id))).toEqual([{ name: 'metadata-start', state: 'created' }])
      expect(await json(await call(world, 'GET', `${path}/latest_status`))).toMatchObject({
        status: 'Pending',
        run: { id: run.id },
        artifacts: [],
        issues: [],
      })
      expect(await json(await call(world, 'GET', `/sessions/${name}/runs`))).toMatchObject({
        items: [{ id: run.id }],
        next: null,
      })
      expect(await json(await call(world, 'GET', `/runs/${run.id}`))).toMatchObject({ id: run.id })
    },
  ],
  [
    'keeps an audit entry of everything that was done or refused, with the address where the runtime tells it',
    async (world) => {
      const { name } = await givenSession(world)
      await call(world, 'POST', `/sessions/${name}/metadata/start`)
      const { items } = await json(await call(world, 'GET', `/audit?session=${name}`))
      expect(items).toMatchObject([
        {
          operation: 'metadataStart',
          method: 'POST',
          status: 409,
          code: 'source_not_configured',
          session: name,
        },
      ])
      const [{ address }] = v.parse(Entries, items)
      // Only the edge of Cloudflare tells a Worker; a workerd of one's own does not.
      if (world.door.runtime !== 'workerd') expect(address).toBe('127.0.0.1')
    },
  ],
]

const Entries = v.tuple([v.object({ address: v.nullable(v.string()) })])

async function jobs(db: Db, runId: string) {
  const { rows } = await db.query<{ name: string; state: string }>(
    `select name, state::text from pgboss.job where data->>'runId' = $1`,
    [runId],
  )
  return rows
}

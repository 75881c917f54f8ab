// Where runtimes differ in what they can do: streams, clusters, files. What one cannot do it says, and does not try.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { recordArtifact } from '../../shared/db/run-parts.ts'
import {
  call,
  expectProblem,
  givenSession,
  json,
  type Scenario,
  unansweredClusters,
  type World,
} from './world.ts'

export const runtimeScenarios: Scenario[] = [
  [
    'shows events as pages',
    async (world) => {
      const { name } = await givenSession(world, {})
      const { items } = await json(await call(world, 'GET', `/sessions/${name}/events`))

      expect(items).toMatchObject([{ type: 'session.created' }, { type: 'config.saved' }])
    },
  ],
  [
    'streams an event soon after its commit, and lets go of the database when the reader goes',
    async (world) => {
      const { name } = await givenSession(world)
      const gone = new AbortController()
      const headers = { accept: 'text/event-stream' }
      const response = await call(world, 'GET', `/sessions/${name}/events`, { headers, signal: gone.signal })
      const stream = reader(response)

      expect(response.headers.get('content-type')).toContain('text/event-stream')
      await stream.until(/event: open\n/)
      await call(world, 'PATCH', `/sessions/${name}`, { body: { description: 'changed' } })
      const committed = performance.now()
      await stream.until(/event: session\.\w+\ndata: .*\nid: \d+\n/)
      expect(performance.now() - committed).toBeLessThan(world.door.runtime === 'workerd' ? 2_000 : 1_000)

      gone.abort()
      await expectNoWorkerConnections(world)
    },
  ],
  [
    'tests a connection where it can keep to the endpoint rules, and else says that it cannot',
    async (world) => {
      const clusters = { source: { endpoint: 'http://127.0.0.1:9200', auth: { type: 'none' } } }
      const { name } = await givenSession(world, clusters)
      const response = await call(world, 'POST', `/sessions/${name}/clusters/source/test`)

      if (world.door.runtime === 'workerd')
        return void (await expectProblem(response, 501, 'not_on_this_runtime'))
      expect(response.status).toBe(200)
      expect(await json(response)).toMatchObject({
        result: 'refused',
        message: expect.stringContaining('loopback'),
      })
    },
  ],
  [
    'reaches a cluster that may be reached',
    async (world) => {
      if (!world.cluster) return world.skip('this machine has no address but loopback, which doors refuse')
      const { name } = await givenSession(world, {
        target: { endpoint: world.cluster, auth: { type: 'none' } },
      })
      const response = await call(world, 'POST', `/sessions/${name}/clusters/target/test`)
      const indexes = await call(world, 'GET', `/sessions/${name}/clusters/target/indexes`)

      if (world.door.runtime === 'workerd') {
        await expectProblem(response, 501, 'not_on_this_runtime')
        return void (await expectProblem(indexes, 501, 'not_on_this_runtime'))
      }
      expect(await json(response)).toMatchObject({
        result: 'ok',
        version: { label: 'OS 2.19.0' },
        health: 'green',
      })
      expect(await json(indexes)).toMatchObject({ items: [{ name: 'orders', documents: 3 }] })
    },
  ],
  [
    'hands out an artifact where the store is at hand, and else says that it is not',
    async (world) => {
      const { name } = await givenSession(world, unansweredClusters)
      const { id } = await json(await call(world, 'POST', `/sessions/${name}/metadata/start`))
      const runId = String(id)
      const file = { runId, name: 'report.json', mediaType: 'application/json' }
      await recordArtifact(world.db, {
        ...file,
        ...(await world.artifacts.write(runId, file.name, content())),
      })
      const response = await call(world, 'GET', `/runs/${runId}/artifacts/report.json`)

      await expectProblem(
        await call(world, 'GET', `/runs/${runId}/artifacts/no.json`),
        404,
        'artifact_not_found',
      )
      if (world.door.runtime === 'workerd')
        return void (await expectProblem(response, 501, 'not_on_this_runtime'))
      expect(response.status).toBe(200)
      expect(response.headers.get('content-disposition')).toBe('attachment; filename="report.json"')
      expect(response.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
      expect(await response.text()).toBe('{"kept":1.10}')
    },
  ],
]

async function* content() {
  yield new TextEncoder().encode('{"kept":')
  yield new TextEncoder().encode('1.10}')
}

function reader(response: Response) {
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async until(pattern: RegExp) {
      while (!pattern.test(text)) {
        const next = await chunks?.read()
        if (!next || next.done) throw new Error(`the stream ended without ${pattern}: ${text}`)
        text += next.value
      }
    },
  }
}

/** A client of a Worker belongs to its request; the other doors have pools, which keep theirs. */
async function expectNoWorkerConnections({ db }: World): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const { rows } = await db.query<{ count: number }>(
      `select count(*) as count from pg_stat_activity
       where datname = current_database() and application_name = 'migration-assistant worker'`,
    )
    if (rows[0]?.count === 0) return
    await sleep(100)
  }
  throw new Error('a Worker still holds a database connection 5 s after its request')
}

// How the doors start and end as processes.
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { createDatabase } from '../harness/database.ts'
import { type Child, startChild } from './child.ts'
import { cleanUpAfterAll } from './clean-up.ts'
import { environment, type Runtime, startDoor, temporaryFolder } from './doors.ts'

const whenDone = cleanUpAfterAll()
let url: string
beforeAll(async () => {
  ;({ url } = await createDatabase(whenDone))
})
const given = () => environment(url, temporaryFolder(onTestFinished))
const node = (script: string, env: Record<string, string>): Child => {
  const child = startChild(process.execPath, [script], env)
  onTestFinished(() => child.stop())
  return child
}

test.each(['node', 'jobs', 'migrate'])(
  'a bad environment stops serve/%s.ts and names every bad variable at once',
  async (door) => {
    const bad = {
      MA_PORT: 'eighty',
      MA_ENGINE: 'steam',
      MA_SECRET_KEY: 'short',
      DATABASE_URL: 'mysql://here',
    }
    const child = node(`serve/${door}.ts`, bad)

    expect(await child.ended).toBe(1)
    for (const name of Object.keys(bad)) expect(child.output()).toContain(`  ${name}: `)
    expect(child.output()).not.toContain('short')
    expect(child.output()).not.toMatch(/ready|\n\s+at /)
  },
)

test('what is missing is named at once, too', async () => {
  const child = node('serve/node.ts', {})

  expect(await child.ended).toBe(1)
  expect(child.output()).toMatch(/DATABASE_URL: .*\n.*MA_SECRET_KEY: /)
})

test('two migrations of an empty database at once: one works, both succeed', async () => {
  const empty = await emptyDatabase()
  const children = [1, 2].map(() => node('serve/migrate.ts', { DATABASE_URL: empty }))

  expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0])
  const said = children.map((child) => child.output()).sort()
  expect(said).toEqual([expect.stringMatching(/^Applied 0001_/), 'The schema is up to date\n'])
})

test.each<Runtime>(['node', 'deno'])(
  'SIGTERM ends the %s door cleanly, an open stream notwithstanding',
  async (runtime) => {
    const env = given()
    const door = await startDoor(runtime, env, onTestFinished)
    const headers = { authorization: `Bearer ${env.MA_ADMIN_TOKEN}`, 'content-type': 'application/json' }
    const name = `ends-${runtime}`
    await fetch(`${door.url}/sessions`, { method: 'POST', headers, body: JSON.stringify({ name }) })
    const stream = await fetch(`${door.url}/sessions/${name}/events`, {
      headers: { ...headers, accept: 'text/event-stream' },
    })
    expect(stream.status).toBe(200)

    door.child.signal('SIGTERM')

    expect(await door.child.ended).toBe(0)
    expect(door.child.output()).not.toMatch(/Did not stop cleanly|\n\s+at /)
    await stream.body?.cancel().catch(() => undefined)
  },
)

test('SIGTERM ends the jobs process cleanly', async () => {
  const child = node('serve/jobs.ts', given())
  await child.says(/ready/)

  child.signal('SIGTERM')

  expect(await child.ended).toBe(0)
  expect(child.output()).not.toMatch(/Did not stop cleanly|\n\s+at /)
})

test('MA_HANDLERS serves the routes it names and describes exactly these', async () => {
  const env = { ...given(), MA_HANDLERS: 'runs/*,sessions/get' }
  const door = await startDoor('node', env, onTestFinished)
  const ask = (path: string) =>
    fetch(door.url + path, { headers: { authorization: `Bearer ${env.MA_ADMIN_TOKEN}` } })
  const { paths } = Object(await (await ask('/openapi.json')).json())

  expect(Object.keys(paths)).toContain('/runs/{run}')
  expect(Object.keys(paths).filter((path) => !/\/runs(\/|$)/.test(path))).toEqual(['/sessions/{session}'])
  expect(Object.keys(paths['/sessions/{session}'])).toEqual(['get'])
  expect((await ask('/sessions')).status).toBe(404)
  expect(await (await ask('/sessions/nowhere')).json()).toMatchObject({ code: 'session_not_found' })
  expect(await (await ask('/runs/nothing')).json()).toMatchObject({ code: 'run_not_found' })
})

test('MA_HANDLERS that names nothing stops the start', async () => {
  const child = node('serve/node.ts', { ...given(), MA_PORT: '0', MA_HANDLERS: 'nothing/*' })

  expect(await child.ended).toBe(1)
  expect(child.output()).toContain('MA_HANDLERS names no route: nothing/*')
})

/** A database that nobody has migrated. */
async function emptyDatabase(): Promise<string> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  const name = `e_${crypto.randomUUID().replaceAll('-', '')}`
  await client.connect()
  await client.query(`create database ${name}`)
  onTestFinished(async () => {
    await client.query(`drop database if exists ${name} with (force)`)
    await client.end()
  })
  return new URL(`/${name}`, url).href
}

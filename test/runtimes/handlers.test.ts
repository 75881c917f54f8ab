// `npm run build:handlers`: every handler as a deployable of its own, one of which answers on workerd here.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import * as v from 'valibot'
import { beforeAll, expect, test } from 'vitest'
import { handlers } from '../../handlers/index.ts'
import { insertConfig } from '../../shared/db/configs.ts'
import type { Db } from '../../shared/db/database.ts'
import { insertRun, stopRun } from '../../shared/db/runs.ts'
import { findSession, insertSession } from '../../shared/db/sessions.ts'
import { createDatabase } from '../harness/database.ts'
import { project, startChild } from './child.ts'
import { cleanUpAfterAll, type WhenDone } from './clean-up.ts'
import { environment, startWorker, temporaryFolder } from './doors.ts'

const Manifest = v.array(
  v.strictObject({
    id: v.string(),
    method: v.string(),
    path: v.string(),
    file: v.string(),
    bytes: v.number(),
  }),
)

const whenDone = cleanUpAfterAll()
let folder: string
let manifest: v.InferOutput<typeof Manifest>

beforeAll(async () => {
  folder = temporaryFolder(whenDone)
  const child = startChild(process.execPath, ['serve/build-handlers.ts', '--out', relative(project, folder)])
  expect(await child.ended, child.output()).toBe(0)
  manifest = v.parse(Manifest, JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')))
})

/** A bundle on workerd, and the fetch of an admin. */
async function startBundle(file: string, whenDone: WhenDone) {
  const { url, db } = await createDatabase(whenDone)
  return { db, ask: await startBundleOver(url, file, whenDone) }
}

async function startBundleOver(url: string, file: string, whenDone: WhenDone) {
  const env = environment(url, folder)
  const child = startWorker(env, [join(folder, file), '--no-bundle'])
  whenDone(() => child.stop())
  const [, base = ''] = await child.says(/Ready on (http:\/\/127\.0\.0\.1:\d+)/)
  const headers = { authorization: `Bearer ${env.MA_ADMIN_TOKEN}` }
  const ask = (method: string, path: string) => fetch(base + path, { method, headers })
  return ask
}

test('every handler has its bundle, and the manifest says which request goes where', () => {
  expect(manifest.map(({ file }) => file).sort()).toEqual(
    Object.keys(handlers)
      .map((file) => `${file}.js`)
      .sort(),
  )
  expect(manifest).toContainEqual({
    id: 'metadataLatestStatus',
    method: 'GET',
    path: '/sessions/:session/metadata/latest_status',
    file: 'metadata/latest-status.js',
    bytes: statSync(join(folder, 'metadata/latest-status.js')).size,
  })
  for (const { file } of manifest) expect(existsSync(join(folder, file))).toBe(true)
})

test('no bundle carries what a Worker may not use: the sockets of the cluster client', () => {
  for (const { file } of manifest) {
    const text = readFileSync(join(folder, file), 'utf8')
    expect([file, /UND_ERR_|autoSelectFamily/.test(text)]).toEqual([file, false])
  }
})

// Both at once: starting wrangler is most of their time.
const onWorkerd = { concurrent: true, timeout: 60_000 }

test(
  'the bundle of a reading route answers on workerd, and knows no other route',
  onWorkerd,
  async ({ expect, onTestFinished }) => {
    const { ask, db } = await startBundle('sessions/get.js', onTestFinished)
    await insertSession(db, { name: 'bundled', description: '' })

    expect(await (await ask('GET', '/sessions/bundled')).json()).toMatchObject({ name: 'bundled' })
    expect(await (await ask('GET', '/sessions/nowhere')).json()).toMatchObject({ code: 'session_not_found' })
    expect(await (await ask('DELETE', '/sessions/bundled')).json()).toMatchObject({
      code: 'method_not_allowed',
    })
    expect(await (await ask('GET', '/sessions')).json()).toMatchObject({ code: 'route_not_found' })
  },
)

test(
  'the bundle of a route that queues a job queues it in its transaction',
  onWorkerd,
  async ({ expect, onTestFinished }) => {
    const { ask, db } = await startBundle('sessions/delete.js', onTestFinished)
    const by = { actor: 'test', requestId: 'test', reason: null }
    const { id: sessionId } = await insertSession(db, { name: 'removed', description: '' })
    const draft = { expected: null, document: {}, valid: true, errors: [], author: 'test' }
    const { version } = await insertConfig(db, { sessionId, ...draft })
    const asked = { requestedBy: 'test', requestId: 'test', traceparent: null }
    const { id } = await insertRun(db, {
      sessionId,
      action: 'metadata',
      params: {},
      configVersion: version,
      ...asked,
    })

    expect(await (await ask('DELETE', '/sessions/removed')).json()).toMatchObject({
      code: 'session_has_open_run',
    })
    expect(await jobs(db)).toEqual([])
    await stopRun(db, id, by)
    expect((await ask('DELETE', '/sessions/removed')).status).toBe(204)
    expect(await findSession(db, 'removed')).toBeUndefined()
    expect(await jobs(db)).toEqual([{ data: { runIds: [id] } }])
  },
)

test(
  'a Worker whose database is away says so, and that nothing was changed',
  onWorkerd,
  async ({ expect, onTestFinished }) => {
    const ask = await startBundleOver(
      'postgres://u:not-to-be-told@127.0.0.1:1/x',
      'sessions/get.js',
      onTestFinished,
    )
    const response = await ask('GET', '/sessions/any')
    const text = await response.text()

    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(JSON.parse(text)).toMatchObject({ code: 'unavailable' })
    expect(text).not.toMatch(/not-to-be-told|127\.0\.0\.1/)
  },
)

async function jobs(db: Db) {
  return (await db.query(`select data from pgboss.job where name = 'artifacts-remove'`)).rows
}

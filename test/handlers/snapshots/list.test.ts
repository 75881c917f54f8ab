import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { SnapshotSummary } from '../../../shared/domain/snapshot.ts'
import { givenSession, startApp } from '../../harness/app.ts'

const fixtures = join(import.meta.dirname, '../../tools/snapshot/fixtures')
const Page = v.strictObject({ items: v.array(SnapshotSummary), next: v.nullable(v.string()) })

/** A session that has repositories and no cluster at all. */
async function given(names: Record<string, string | null>) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ma-roots-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [name, fixture] of Object.entries(names))
    if (fixture === null) mkdirSync(join(root, name))
    else cpSync(join(fixtures, fixture), join(root, name), { recursive: true })
  const api = await startApp({ repositoryRoots: [root] })
  const repositories = Object.fromEntries(
    Object.keys(names).map((name) => [name, { type: 'fs', path: join(root, name) }]),
  )
  await givenSession(api, 'orders', { repositories })
  const list = (query = '') => api.call('GET', `/sessions/orders/snapshots${query}`)
  return { ...api, root, list }
}

test.each(['made_es5', 'made_es6', 'made_es7', 'made_es8', 'made_os3'])(
  'the snapshots of %s are listed from its files, without any cluster',
  async (fixture) => {
    const { list } = await given({ main: fixture })

    const response = await list()

    expect(response.status).toBe(200)
    const { items, next } = v.parse(Page, await response.json())
    expect(next).toBeNull()
    expect(items.length).toBeGreaterThan(0)
    for (const item of items) {
      expect(item).toMatchObject({ repository: 'main', state: 'SUCCESS', problem: null, failures: [] })
      expect(item.version).toMatch(/^\d+\.\d+\.\d+$/)
      expect(item.indexes.length).toBeGreaterThan(0)
      expect(item.shards.failed).toBe(0)
      expect(Date.parse(item.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(item.startedAt ?? ''))
    }
  },
)

test('of two repositories one must be named, and only what is configured is found', async () => {
  const { list } = await given({ main: 'made_es7', other: 'made_os3' })

  const unnamed = await list()
  expect(unnamed.status).toBe(400)
  expect(await unnamed.json()).toMatchObject({ code: 'invalid_input', errors: [{ path: '/repository' }] })
  const other = v.parse(Page, await (await list('?repository=other')).json())
  expect(other.items[0]).toMatchObject({ repository: 'other', version: '3.4.0' })
  const absent = await list('?repository=absent')
  expect(absent.status).toBe(404)
  expect(await absent.json()).toMatchObject({ code: 'repository_not_found' })
})

test('a session without repositories says so', async () => {
  const { list } = await given({})

  const response = await list()

  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'repository_not_configured' })
})

test('an empty folder has no snapshots; a folder with other files is no repository; one that is gone is said', async () => {
  const { list, root } = await given({ empty: null, other: null, gone: null })
  mkdirSync(join(root, 'other/files'))
  writeFileSync(join(root, 'other/notes.txt'), 'not a repository')
  rmSync(join(root, 'gone'), { recursive: true })

  expect(await (await list('?repository=empty')).json()).toEqual({ items: [], next: null })
  for (const name of ['other', 'gone']) {
    const response = await list(`?repository=${name}`)
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ code: 'repository_failed', remedy: expect.any(String) })
  }
})

test('a snapshot whose own file is damaged is told in its place', async () => {
  const { list, root } = await given({ main: 'made_es7' })
  const [file = ''] = readdirSync(join(root, 'main')).filter((name) => name.startsWith('snap-'))
  truncateSync(join(root, 'main', file), 40)

  const { items } = v.parse(Page, await (await list()).json())

  expect(items).toMatchObject([{ state: 'UNKNOWN', problem: expect.stringContaining(file) }])
  expect(items[0]?.indexes.length).toBeGreaterThan(0)
})

test('a link inside a repository that leads out of it is not followed', async () => {
  const { list, root } = await given({ main: null, away: 'made_es7' })
  symlinkSync(join(root, 'away/index-0'), join(root, 'main/index-0'))

  const response = await list('?repository=main')

  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'repository_not_allowed' })
})

test('pages follow one another without a gap, newest first and those without a time last', async () => {
  const { list, root } = await given({ main: 'made_es7' })
  const table = JSON.parse(readFileSync(join(root, 'main/index-0'), 'utf8'))
  const names = ['lost-c', 'lost-a', 'lost-b']
  table.snapshots.push(...names.map((name) => ({ name, uuid: `gone-${name}`, state: 1 })))
  writeFileSync(join(root, 'main/index-0'), JSON.stringify(table))
  const whole = v.parse(Page, await (await list()).json()).items.map(({ name }) => name)
  expect(whole.slice(-3)).toEqual(['lost-a', 'lost-b', 'lost-c'])
  expect(whole).toHaveLength(4)

  const paged: string[] = []
  let query = '?limit=1'
  for (let turn = 0; query !== '' && turn < 10; turn++) {
    const { items, next } = v.parse(Page, await (await list(query)).json())
    paged.push(...items.map(({ name }) => name))
    query = next === null ? '' : `?limit=1&cursor=${next}`
  }

  expect(paged).toEqual(whole)
})

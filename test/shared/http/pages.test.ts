import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeCursor } from '../../../shared/http/cursor.ts'
import { givenSession, startApp, type TestApp, twoClusters } from '../../harness/app.ts'

type Page = { items: { name: string }[]; next: string | null }

let api: TestApp
beforeAll(async () => {
  api = await startApp({ whenDone: afterAll })
})

async function readAll(
  { call }: Pick<TestApp, 'call'>,
  path: string,
  after: () => Promise<unknown> = async () => {},
) {
  const names: string[] = []
  let cursor = ''
  for (let turns = 0; turns < 100; turns++) {
    const page = (await (await call('GET', `${path}${cursor && `&cursor=${cursor}`}`)).json()) as Page
    names.push(...page.items.map(({ name }) => name))
    if (page.next === null) return names
    cursor = page.next
    await after()
  }
  throw new Error('the list does not end')
}

test('rows of one millisecond are all listed, whatever the page size', async () => {
  const own = await startApp()
  await own.db.query(
    `insert into session (name, created_at)
     select 's' || i, timestamptz '2024-01-01 00:00:00.123' + make_interval(secs => i * 0.00001) from generate_series(1, 50) i`,
  )

  for (const limit of [1, 3, 7, 49]) {
    const names = await readAll(own, `/sessions?limit=${limit}`)
    expect(names).toEqual(Array.from({ length: 50 }, (_, i) => `s${50 - i}`))
  }
})

test('rows made while the list is read push nothing out and repeat nothing', async () => {
  const own = await startApp()
  for (let i = 0; i < 6; i++) await givenSession(own, `old${i}`)
  let made = 0

  const names = await readAll(own, '/sessions?limit=2', () => givenSession(own, `new${made++}`))

  expect(names).toEqual(['old5', 'old4', 'old3', 'old2', 'old1', 'old0'])
})

test('a page follows one whose last row is gone', async () => {
  const own = await startApp()
  for (let i = 0; i < 4; i++) await givenSession(own, `s${i}`)
  const first = (await (await own.call('GET', '/sessions?limit=2')).json()) as Page
  await own.call('DELETE', '/sessions/s2')

  const second = (await (await own.call('GET', `/sessions?limit=2&cursor=${first.next}`)).json()) as Page

  expect(second.items.map(({ name }) => name)).toEqual(['s1', 's0'])
})

test.each(['0', '-1', '501', '1e2', 'ten', '', '1000'])(
  'a limit of "%s" is refused at its field',
  async (limit) => {
    const refused = await api.call('GET', `/sessions?limit=${limit}`)

    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ path: '/limit' })]),
    })
  },
)

test('a limit of 500 is taken, and an unknown or repeated filter is not', async () => {
  expect((await api.call('GET', '/sessions?limit=500')).status).toBe(200)
  expect((await api.call('GET', '/sessions?colour=blue')).status).toBe(400)
  expect((await api.call('GET', '/sessions?limit=1&limit=2')).status).toBe(400)
})

const forged = [
  'x',
  '%',
  'W10',
  encodeCursor([]),
  encodeCursor(['yesterday', 'nobody']),
  encodeCursor(['2024-01-01T00:00:00.000Z', 'nobody']),
  encodeCursor(['2024-99-99T00:00:00.000Z', '00000000-0000-4000-8000-000000000000']),
  encodeCursor([-1]),
  encodeCursor([1.5]),
  encodeCursor([1e300]),
  encodeCursor(['1']),
  encodeCursor(['a\0b', 'c']),
  encodeCursor([1, 2, 3]),
]
test('a cursor that the list did not give is bad input on every list', async () => {
  const { id } = await givenSession(api, 'lists', twoClusters)
  const run = (await (await api.call('POST', `/sessions/${id}/metadata/start`)).json()) as { id: string }
  const lists = [
    '/sessions',
    '/tokens',
    '/audit',
    '/sessions/lists/runs',
    '/sessions/lists/config/versions',
    '/sessions/lists/events',
    `/runs/${run.id}/items`,
    `/runs/${run.id}/issues`,
    `/runs/${run.id}/logs`,
  ]

  for (const list of lists)
    for (const cursor of forged) {
      const { status } = await api.call('GET', `${list}?cursor=${cursor}`)
      // Items are listed by kind and name, so any two texts are a place among them.
      const places = list.endsWith('/items') ? [200, 400] : [400]
      expect(places, `${list} ${cursor}`).toContain(status)
    }
})

test('a number that is too great for a version is an empty page, not a failure', async () => {
  await givenSession(api, 'great', twoClusters)

  for (const list of ['/sessions/great/config/versions', '/audit', '/sessions/great/events'])
    expect((await api.call('GET', `${list}?cursor=${encodeCursor([2 ** 52])}`)).status).toBe(200)
})

// GET /sessions with 100,000 sessions, against the same with 100: in turn, on two databases of one Postgres each.
import { createApi } from '../../serve/parts/api.ts'
import { createMetrics } from '../../serve/parts/metrics.ts'
import { encodeCursor } from '../../shared/http/cursor.ts'
import { makeToken, openBenchContext, openDatabase } from './lab.ts'
import { median, ms, type Row } from './measure.ts'

const ROUNDS = 60

export async function measureList(): Promise<Row[]> {
  const [few, many] = await Promise.all([openList(100), openList(100_000)])
  try {
    const rows: Row[] = []
    for (const [what, path] of [
      ['the first page', '/sessions?limit=50'],
      ['a page from the middle', await many.middle()],
    ] as const)
      rows.push(await compare(what, few, path, many))
    return rows
  } finally {
    await Promise.all([few.close(), many.close()])
  }
}

type List = Awaited<ReturnType<typeof openList>>

async function compare(what: string, few: List, path: string, many: List): Promise<Row> {
  const times = { few: [] as number[], many: [] as number[] }
  for (let at = 0; at < ROUNDS + 10; at++) {
    const [one, other] = [await few.read('/sessions?limit=50'), await many.read(path)]
    if (at < 10) continue
    times.few.push(one)
    times.many.push(other)
  }
  const [small, large] = [median(times.few), median(times.many)]
  return {
    name: `list: ${what} of 100,000 sessions, over the first of 100`,
    figure: `${(large / small).toFixed(2)}; ${ms(large)} to ${ms(small)}`,
    bar: 'at most 1.25',
    pass: large / small <= 1.25,
  }
}

async function openList(count: number) {
  const database = await openDatabase()
  const context = await openBenchContext(database.url)
  const token = await makeToken(context)
  await fill(context.db.query, count)
  const app = createApi(context, { bell: { next: () => Promise.resolve() }, metrics: createMetrics(true) })
  const get = async (path: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await app.fetch(new Request(`http://bench${path}`, { headers }))
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
    return (await response.json()) as { items: { id: string; createdAt: string }[] } // the list's own shape
  }
  return {
    async read(path: string) {
      const started = performance.now()
      const { items } = await get(path)
      if (items.length !== 50) throw new Error(`${path} has ${items.length} items`)
      return performance.now() - started
    },
    /** The page that follows a session made half way. */
    async middle() {
      const [half] = (await get(`/sessions?search=bench-${count / 2}`)).items
      return `/sessions?limit=50&cursor=${encodeCursor([half?.createdAt ?? '', half?.id ?? ''])}`
    },
    async close() {
      await context.close()
      await database.close()
    },
  }
}

/** Sessions as old as their number, each with a config and a run that has ended. */
async function fill(query: (text: string, values?: unknown[]) => Promise<unknown>, count: number) {
  const given = [count]
  await query(
    `insert into session (name, description, created_at)
     select 'bench-' || n, 'a session', now() - make_interval(secs => n) from generate_series(1, $1::int) n`,
    given,
  )
  await query(
    `insert into config_version (session_id, version, document, valid, author)
     select id, 1, '{"source": {"endpoint": "http://a"}, "target": {"endpoint": "http://b"}}', true, 'bench' from session`,
  )
  await query(
    `insert into run (session_id, action, state, params, config_version, requested_by, request_id, result, finished_at)
     select id, 'metadata', 'Completed', '{}', 1, 'bench', 'bench', '{}', now() from session`,
  )
  await query('analyze')
}

// The API with an open backfill of 100,000 work items in it: a process of its own.
import { createApi, listen } from '../../serve/parts/api.ts'
import { createMetrics } from '../../serve/parts/metrics.ts'
import { holdRun, recordWorkflow } from '../../shared/db/heavy-runs.ts'
import { mintRunToken } from '../../shared/db/run-tokens.ts'
import { insertRun } from '../../shared/db/runs.ts'
import { insertSession } from '../../shared/db/sessions.ts'
import { planWork } from '../../shared/db/work-plan.ts'
import { type Context, makeToken, openBenchContext } from './lab.ts'

export type ServedRun = { api: string; session: string; run: string; token: string; runToken: string }

const ITEMS = 100_000
const INDEXES = 100
const BATCH = 1_000

const context = await openBenchContext(process.argv[2] ?? '')
const session = 'bench-backfill'
const run = await openRun(context)
await plan(context, run)
const bell = { next: () => Promise.resolve() }
const app = createApi(context, { bell, metrics: createMetrics(true) })
const { port } = await listen(app, { host: '127.0.0.1', port: 0 })
const served: ServedRun = {
  api: `http://127.0.0.1:${port}`,
  session,
  run,
  token: await makeToken(context),
  runToken: await mintRunToken(context.db, run),
}
process.send?.(served)
process.on('SIGTERM', () => process.exit(0))

async function openRun({ db }: Context): Promise<string> {
  const { id: sessionId } = await insertSession(db, { name: session, description: '' })
  const knobs = { batchBytes: 10_485_760, concurrency: 4, rateLimit: null }
  const asked = { requestedBy: 'bench', requestId: 'bench', traceparent: null }
  const config = `insert into config_version (session_id, version, document, valid, author) values ($1, 1, '{}', true, 'bench')`
  await db.query(config, [sessionId])
  const opened = await insertRun(db, {
    ...asked,
    sessionId,
    action: 'backfill',
    params: {},
    configVersion: 1,
    workers: 256,
    knobs,
  })
  const held = await holdRun(db, opened.id, 'bench')
  const claim = { runId: opened.id, epoch: held?.epoch ?? 0 }
  await recordWorkflow(db, claim, { engine: 'local', namespace: null, name: opened.id, uid: null })
  return opened.id
}

/** Half of the items are done: a run in its middle. */
async function plan({ db }: Context, runId: string): Promise<void> {
  const names = Array.from({ length: INDEXES }, (_, n) => `orders-${n}`)
  const indexes = names.map((name) => ({
    name,
    targetName: name,
    shards: ITEMS / INDEXES,
    existingDocuments: 0,
  }))
  await planWork(db, runId, { indexes, items: [], complete: false })
  for (let from = 0; from < ITEMS; from += BATCH) {
    const items = Array.from({ length: BATCH }, (_, at) => itemOf(from + at))
    await planWork(db, runId, { indexes: [], items, complete: from + BATCH >= ITEMS })
  }
  await db.query(`update run set phase = 'Running' where id = $1`, [runId])
  await db.query(
    `update work_item set state = 'done', written = expected, source_bytes = bytes, epoch = 1
     where run_id = $1 and hashtext(key) % 2 = 0`,
    [runId],
  )
  await db.query('analyze')
}

function itemOf(n: number) {
  const index = `orders-${n % INDEXES}`
  const shard = Math.floor(n / INDEXES)
  const spec = { index, targetIndex: index, shard, segment: '_0', from: 0, to: 10_000 }
  return { key: `${index}.${shard}._0.0`, spec, expected: 10_000, bytes: 20_000_000 + (n % 997), priority: 0 }
}

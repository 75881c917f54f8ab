// Seeds of the simulator: `MA_SIM_SEED=17` plays one again, `MA_SIM_SEEDS=1000` plays more of them; CI plays 200.
import { beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../harness/app.ts'
import { cleanUpAfterAll } from '../../runtimes/clean-up.ts'
import { type SimClock, simDatabase } from '../../sim/sim-database.ts'
import { type Outcome, simulate } from '../../sim/simulate.ts'

const only = process.env.MA_SIM_SEED
const many = Number(process.env.MA_SIM_SEEDS ?? (process.env.MA_TEST_LONG === '1' ? 200 : 50))
const seeds = only ? [Number(only)] : Array.from({ length: many }, (_, n) => n)
const BLOCK = 25
const blocks = Array.from({ length: Math.ceil(seeds.length / BLOCK) }, (_, n) =>
  seeds.slice(n * BLOCK, (n + 1) * BLOCK),
)

const whenDone = cleanUpAfterAll()
const clock: SimClock = { now: new Date(0), dropBefore: null }
const outcomes: Outcome[] = []
let api: TestApp

beforeAll(async () => {
  api = await startApp({ whenDone, between: (db) => simDatabase(db, clock) })
})

test.each(blocks.map((block) => [block.at(0), block.at(-1), block] as const))(
  'seeds %i to %i: no epoch has two holders, the accounting adds up, the target holds the truth',
  { timeout: 240_000 },
  async (_first, _last, block) => {
    for (const seed of block) outcomes.push(await simulate(api, clock, seed))

    expect(outcomes.length).toBeGreaterThanOrEqual(block.length)
  },
)

test.skipIf(only)(
  'the seeds meet whole runs, runs with rejected documents, and few that give up an item',
  () => {
    const states = new Set(outcomes.map(({ state }) => state))

    expect([...states].sort()).toEqual(['Completed', 'CompletedWithErrors'])
    expect(outcomes.filter(({ failed }) => failed > 0).length).toBeLessThan(outcomes.length / 10)
  },
)

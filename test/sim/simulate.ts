// One seed: workers, a user and the weather take turns, one step at a time, until all work is done.
import type { TestApp } from '../harness/app.ts'
import { Checks } from './checks.ts'
import { type Random, randomOf } from './random.ts'
import type { SimClock } from './sim-database.ts'
import { SimWorker } from './worker.ts'
import { endRun, givenWorld, type World } from './world.ts'

const STORM_STEPS = 50
/** Enough for every lease to run out and every item to be done again. */
const MOST_STEPS = 1_500

export type Outcome = { state: string; failed: number; rejected: number; steps: number }

/** Plays a seed. Whatever it does wrong is thrown with the seed and the last steps, and happens again for the same seed. */
export async function simulate(api: TestApp, clock: SimClock, seed: number): Promise<Outcome> {
  const said: string[] = []
  try {
    return await play(api, clock, seed, (line) => said.push(line))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`MA_SIM_SEED=${seed} fails: ${why}\nlast steps:\n${said.slice(-40).join('\n')}`, {
      cause,
    })
  }
}

async function play(
  api: TestApp,
  clock: SimClock,
  seed: number,
  say: (line: string) => void,
): Promise<Outcome> {
  const random = randomOf(seed)
  clock.now = new Date('2030-01-01T00:00:00Z')
  const world = await givenWorld(api, clock, seed, random)
  const workers = ['a', 'b', 'c', 'd'].map((slot) => new SimWorker(slot, world, random, say))
  const checks = new Checks(world)
  let steps = 0
  for (; steps < STORM_STEPS; steps++) {
    pass(clock, random, 3_000, 0.04)
    if (random.chance(0.04)) await meddle(world, random, say)
    else await random.pick(workers).step({ faults: 0.08 })
    await checks.afterStep()
  }
  say('fair weather')
  await world.verb('resume', {})
  await world.verb('scale', { workers: 2 })
  for (; !workers.some(({ done }) => done); steps++) {
    if (steps > MOST_STEPS) throw new Error('the work does not end')
    pass(clock, random, 2_000, 0)
    await random.pick(workers).step({ faults: 0 })
    await checks.afterStep()
  }
  const { failed, rejected } = await checks.atEnd()
  const { state } = await endRun(world)
  const wanted = failed + rejected > 0 ? 'CompletedWithErrors' : 'Completed'
  if (state !== wanted)
    throw new Error(`the run is ${state} with ${failed} items failed and ${rejected} documents rejected`)
  return { state, failed, rejected, steps }
}

/** A moment, or so long that leases run out. */
function pass(clock: SimClock, random: Random, moment: number, longPause: number): void {
  const ms = random.chance(longPause) ? 31_000 + random.below(60_000) : random.below(moment)
  clock.now = new Date(clock.now.getTime() + ms)
}

async function meddle({ verb }: World, random: Random, say: (line: string) => void): Promise<void> {
  const [name, body] = random.pick<[string, object]>([
    ['pause', {}],
    ['resume', {}],
    ['resume', {}],
    ['scale', { workers: random.below(5) }],
  ])
  say(`the user says ${name} ${JSON.stringify(body)}: ${await verb(name, body)}`)
}

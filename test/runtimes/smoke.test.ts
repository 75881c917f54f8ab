// The same requests against every door, as processes on the real database. Where a runtime cannot do a thing, the
// scenario itself says what it answers instead.
import { beforeAll, describe, expect, test } from 'vitest'
import { artifactFolder } from '../../serve/parts/artifact-folder.ts'
import { createDatabase } from '../harness/database.ts'
import { cleanUpAfterAll } from './clean-up.ts'
import { startCluster } from './cluster.ts'
import { type Door, environment, type Runtime, startDoor, temporaryFolder } from './doors.ts'
import { refusalScenarios } from './scenarios-refusals.ts'
import { runtimeScenarios } from './scenarios-runtime.ts'
import { sessionScenarios } from './scenarios-session.ts'
import { systemScenarios } from './scenarios-system.ts'
import { call, json, type World } from './world.ts'

const runtimes: Runtime[] = ['node', 'deno', 'workerd']
const scenarios = [...systemScenarios, ...sessionScenarios, ...runtimeScenarios, ...refusalScenarios]
const whenDone = cleanUpAfterAll()
let worlds: Map<Runtime, Omit<World, 'skip'>>

beforeAll(async () => {
  const { url, db } = await createDatabase(whenDone)
  const folder = temporaryFolder(whenDone)
  const env = environment(url, folder)
  const shared = {
    db,
    artifacts: artifactFolder(folder),
    admin: env.MA_ADMIN_TOKEN,
    cluster: await startCluster(whenDone),
  }
  // All at once, so that they also make the same admin known at once.
  const doors = await Promise.all(runtimes.map((runtime) => startDoor(runtime, env, whenDone)))
  worlds = new Map(doors.map((door: Door) => [door.runtime, { door, ...shared }]))
})

const worldOf = (runtime: Runtime) => {
  const world = worlds.get(runtime)
  if (!world) throw new Error(`the ${runtime} door has not started`)
  return world
}

describe.each(runtimes)('the API on %s', (runtime) => {
  test.for(scenarios)('%s', ([, run], { skip }) => run({ ...worldOf(runtime), skip }))
})

test('what one door wrote every other reads the same', async () => {
  const name = 'written-on-workerd'
  await call(worldOf('workerd'), 'POST', '/sessions', { body: { name } })

  const [node, deno, workerd] = await Promise.all(
    runtimes.map(async (runtime) => json(await call(worldOf(runtime), 'GET', `/sessions/${name}`))),
  )

  expect(node).toMatchObject({ name })
  expect([deno, workerd]).toEqual([node, node])
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { childProcesses } from '../../serve/parts/processes.ts'
import { temporaryFolder } from '../harness/door.ts'

afterEach(() => vi.unstubAllEnvs())

function given() {
  vi.stubEnv('NODE_COMPILE_CACHE', undefined)
  const dataDir = temporaryFolder()
  const ended: string[] = []
  const silent = () => undefined
  const log = { debug: silent, info: silent, warn: silent, error: silent }
  const processes = childProcesses({ log, dataDir, ended: (key) => void ended.push(key) })
  // A step that there is not: the tool says so and ends.
  const start = (key: string) => processes.start({ key, tool: 'rfs', step: 'nothing', env: {} })
  return { dataDir, ended, processes, start }
}

test('the end of a process is told with its key, and what it compiled is kept for the next', async () => {
  const { dataDir, ended, processes, start } = given()

  start('run-1/plan')
  await expect.poll(() => ended, { timeout: 20_000 }).toEqual(['run-1/plan'])

  expect(processes.list('run-1/')).toMatchObject([{ key: 'run-1/plan', running: false }])
  expect(readdirSync(join(dataDir, 'compiled')).length).toBeGreaterThan(0)
})

test('while all are ended, none of them asks for a look', async () => {
  const { ended, processes, start } = given()

  start('run-1/work-0')
  await processes.stopAll()

  expect(processes.list('run-1/')).toMatchObject([{ running: false, asked: true }])
  expect(ended).toEqual([])
  start('run-1/work-1')
  expect(processes.list('run-1/work-1')).toEqual([])
})

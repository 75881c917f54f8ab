import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { withLock } from './lock.ts'

async function givenPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'below', 'a.lock')
}

test('work under one lock is done one after the other, after a failure too', async () => {
  const path = await givenPath()
  const seen: string[] = []
  const work = (name: string) => async () => {
    seen.push(`${name} begins`)
    await sleep(20)
    seen.push(`${name} ends`)
    if (name === 'a') throw new Error('a fails')
  }

  const outcomes = await Promise.allSettled([withLock(path, work('a')), withLock(path, work('b'))])

  expect(seen.map((line) => line.slice(2))).toEqual(['begins', 'ends', 'begins', 'ends'])
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test.each([
  ['of a process that died', '999999999', 0],
  ['that was left behind long ago, by an id that somebody else has now', String(process.pid), 3_600],
  ['that was left behind empty', '', 3_600],
])('a lock %s is pushed aside', async (_, holder, ageSeconds) => {
  const path = await givenPath()
  await withLock(path, async () => {})
  await writeFile(path, holder)
  const then = Date.now() / 1_000 - ageSeconds
  await utimes(path, then, then)

  expect(await withLock(path, async () => 'done')).toBe('done')
})

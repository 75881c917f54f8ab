// A backfill under way, as its operator and the night treat it: scaled, paused, stopped, killed.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import {
  backfillOf,
  emptyTarget,
  fillShelf,
  givenShelf,
  lacking,
  newName,
  snapshotRef,
  takeSnapshot,
  truthOf,
} from './backfill-journey.ts'
import { expectStatus, type Loose, type OwnUser, startUser } from './journey.ts'

const rigs = await needs('es7', 'os2')
const COUNT = 3_000

describe.skipIf(!rigs.available)(
  'a backfill of 3,000 documents at 150 a second',
  { timeout: 400_000 },
  () => {
    const index = newName('night')
    const selection = { include: [index] }
    const slow = { selection, batchBytes: 8_192, rateLimit: { documents: 150, bytes: null } }
    const fast = { rateLimit: null }
    let user: OwnUser
    let path = ''
    let truth: string[] = []

    beforeAll(async () => {
      truth = truthOf(await fillShelf(rigs.es7, index, COUNT))
      path = join(rigs.es7.repo, index)
      user = await startUser({ MA_REPOSITORY_ROOTS: rigs.es7.repo })
      const { session } = await given('taken')
      expect(await takeSnapshot(user, session, [index])).toMatchObject({ status: 'Completed' })
    })
    afterAll(async () => {
      await user?.close()
      await Promise.all([wipe(rigs.es7, index), wipe(rigs.os2, index)])
    })

    const given = async (kind: string) => {
      const session = newName(kind)
      await givenShelf(user, session, { source: rigs.es7, target: rigs.os2 }, path)
      return { session, backfill: backfillOf(user, session) }
    }
    const begin = async (kind: string, plan: object = {}) => {
      await emptyTarget(rigs.os2, index)
      const { session, backfill } = await given(kind)
      const run = await backfill.start({ ...slow, ...plan })
      await backfill.written(100)
      return { session, backfill, run }
    }
    const expectWhole = async (status: Loose) => {
      expect(status.phase, JSON.stringify(status.run?.error)).toBe('Completed')
      expect(status.indexes[0].documents).toEqual({
        expected: truth.length,
        written: truth.length,
        rejected: 0,
        skipped: 0,
      })
      expect(await lacking(rigs.os2, index, truth)).toEqual({ missing: [], unknown: [], count: truth.length })
    }
    const holders = (status: Loose) => status.workers.filter(({ items }: Loose) => items.length > 0).length

    test('scaled from one worker to three and back, no more of them hold items than are wanted', async () => {
      const { backfill } = await begin('scale')

      await backfill.verb('scale', { workers: 3 })
      const three = await backfill.until('three workers', (status) => holders(status) === 3)
      await backfill.verb('scale', { workers: 1 })
      await backfill.until('one worker', (status) => holders(status) === 1)
      const one = workersOf(user.product.child.pid)
      await backfill.verb('scale', fast)
      const status = await backfill.ended()

      expect(three.wantedWorkers).toBe(3)
      expect(one.length).toBeLessThanOrEqual(3)
      await expectWhole(status)
      expect(status.issues.filter(({ code }: Loose) => code === 'worker_crashed')).toEqual([])
    })

    test('paused, it does nothing and keeps its percent; resumed, it goes on to the end', async () => {
      const { backfill } = await begin('pause')

      await backfill.verb('pause', { reason: 'day has come' })
      await backfill.until('no worker', (status) => holders(status) === 0)
      const before = await backfill.status()
      const there = await countOf()
      await sleep(3_000)
      const after = await backfill.status()

      expect(after).toMatchObject({ phase: 'Paused', waitingFor: { code: 'paused' } })
      expect(after.progress).toMatchObject({
        percent: before.progress.percent,
        documents: before.progress.documents,
      })
      expect(before.progress.percent).toBeGreaterThan(0)
      expect(await countOf()).toBe(there)
      await backfill.verb('resume')
      await backfill.verb('scale', fast)
      await expectWhole(await backfill.ended())
    })

    test('stopped, then started with resumeFrom, it goes on from its checkpoints', async () => {
      const { session, backfill, run } = await begin('stop')
      await backfill.verb('stop', { reason: 'enough' })
      const stopped = await backfill.ended()
      const done = stopped.progress.documents.done
      const there = await countOf()

      await backfill.start({ ...slow, ...fast, resumeFrom: run.id })
      const status = await backfill.ended()

      expect(stopped).toMatchObject({ phase: 'Stopped', run: { reason: 'enough' } })
      expect(done).toBeGreaterThan(0)
      expect(there).toBeLessThan(truth.length)
      await expectWhole(status)
      const sent = await indexed()
      expect(sent - truth.length, 'documents sent twice').toBeLessThanOrEqual(200)
      const other = await given('other')
      const refused = await user.call('POST', `/sessions/${other.session}/backfill/start`, {
        snapshotRef,
        plan: { resumeFrom: run.id },
      })
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'plan.resumeFrom' }] } })
      expect(session).not.toBe(other.session)
    })

    test('a worker that is killed is started again, and costs at most ten seconds of work', async () => {
      const { backfill } = await begin('kill-worker')
      await backfill.written(300)

      const [pid] = workersOf(user.product.child.pid)
      process.kill(pid ?? 0, 'SIGKILL')
      await backfill.until('a crash', ({ issues }) =>
        issues.some(({ code }: Loose) => code === 'worker_crashed'),
      )
      await backfill.verb('scale', fast)

      await expectWhole(await backfill.ended())
      expect((await indexed()) - truth.length, 'documents sent twice').toBeLessThanOrEqual(10 * 150)
    })

    test('kill -9 of the whole process: started on the same data, the run goes on by itself', async () => {
      const { backfill, run } = await begin('kill-door')

      user.product.child.kill('SIGKILL')
      await once(user.product.child, 'close')
      await user.startAgain()
      await backfill.verb('scale', fast)
      const status = await backfill.ended()

      expect(status.run.id).toBe(run.id)
      await expectWhole(status)
    })

    test('kill -9 of Postgres: it is started again, and the run with it', async () => {
      const { backfill } = await begin('kill-postgres')
      const postmaster = postmasterOf(user.dataDir)

      process.kill(postmaster, 'SIGKILL')
      await backfill.until('no answer', ({ phase }) => phase === 'away')
      await backfill.until('an answer', ({ phase }) => phase !== 'away')
      await backfill.verb('scale', fast)

      await expectWhole(await backfill.ended())
      expect(postmasterOf(user.dataDir)).not.toBe(postmaster)
    })

    test('SIGTERM of the door gives the items back; started again, it goes on at once', async () => {
      const { backfill } = await begin('term-door')

      await user.product.stop()
      expect(user.product.child.exitCode, user.product.lastLines()).toBe(0)
      await user.startAgain()
      const status = await backfill.status()
      expect(status.workers.flatMap(({ items }: Loose) => items)).toEqual([])
      await backfill.verb('scale', fast)

      await expectWhole(await backfill.ended())
      expect((await indexed()) - truth.length, 'documents sent twice').toBeLessThanOrEqual(200)
    })

    async function countOf(): Promise<number> {
      await fetch(`${rigs.os2.url}/${index}/_refresh`, { method: 'POST' })
      const answer = await fetch(`${rigs.os2.url}/${index}/_count`)
      return ((await answer.json()) as { count: number }).count
    }

    /** Documents that the target was sent for this index, nested ones apart: each one that was created or refused. */
    async function indexed(): Promise<number> {
      const stats = `${rigs.os2.url}/${index}/_stats/indexing?filter_path=_all.primaries.indexing`
      const { index_total = 0, index_failed = 0 } = await expectStatus(200, readJson(stats)).then(
        ({ _all }) => _all.primaries.indexing,
      )
      return index_total + index_failed
    }
  },
)

async function readJson(url: string) {
  const response = await fetch(url)
  return { status: response.status, headers: response.headers, body: (await response.json()) as Loose }
}

const postmasterOf = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])

/** Worker processes that `parent` has started. */
function workersOf(parent: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
        return ppid === parent && command.includes('rfs/main.ts\0work')
      } catch {
        return false
      }
    })
}

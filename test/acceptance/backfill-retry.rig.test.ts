// The retry of one cause: exactly its documents are sent, the others stay failed, and both runs are one account.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { ask, openEngine, TruthIndex } from '../tools/snapshot/source-engine.ts'
import { backfillOf, givenShelf, newName, takeSnapshot } from './backfill-journey.ts'
import { expectStatus, type Loose, type OwnUser, startUser } from './journey.ts'

const rigs = await needs('es7', 'os2')
const [GOOD, LATE, BIG] = [40, 12, 7]
const all = GOOD + LATE + BIG

describe.skipIf(!rigs.available)(
  'a backfill with documents of two causes rejected',
  { timeout: 300_000 },
  () => {
    const index = newName('causes')
    const session = newName('causes')
    let user: OwnUser

    beforeAll(async () => {
      const source = new TruthIndex(await openEngine(rigs.es7), index)
      await source.create({ number_of_shards: 2 }, {}, { dynamic: false })
      for (let at = 0; at < all; at += 20) {
        await source.bulk(Array.from({ length: Math.min(20, all - at) }, (_, i) => documentOf(at + i)))
        await source.flush()
      }
      await ask(rigs.os2.url, 'PUT', `/${index}`, {
        settings: { number_of_shards: 1, number_of_replicas: 0 },
        mappings: { dynamic: false, properties: { day: { type: 'date' }, size: { type: 'long' } } },
      })
      user = await startUser({ MA_REPOSITORY_ROOTS: rigs.es7.repo })
      await givenShelf(user, session, { source: rigs.es7, target: rigs.os2 }, join(rigs.es7.repo, index))
      await takeSnapshot(user, session, [index])
    })
    afterAll(async () => {
      await user?.close()
      await Promise.all([wipe(rigs.es7, index), wipe(rigs.os2, index)])
    })

    const retry = (body: object) => user.call('POST', `/sessions/${session}/backfill/retry_failed`, body)
    const accounts = (status: Loose) => status.indexes[0].documents

    test('one group after the other goes, by a mended mapping and by a transform', async () => {
      const backfill = backfillOf(user, session)
      const first = await backfill.start({ selection: { include: [index] } })
      const broken = await backfill.ended()
      const groups = await backfill.failed()

      expect(broken.phase).toBe('CompletedWithErrors')
      expect(accounts(broken)).toEqual({ expected: all, written: GOOD, rejected: LATE + BIG, skipped: 0 })
      expect(groups.groups.map(({ documents }: Loose) => documents)).toEqual([LATE, BIG])
      const [late, big] = groups.groups
      expect(big).toMatchObject({
        remedy: expect.any(String),
        evidence: { example: { id: expect.stringMatching(/^big-/) } },
      })

      const none = await retry({ group: 'no-such-group' })
      expect(none).toMatchObject({ status: 400, body: { errors: [{ path: '/group' }] } })

      await ask(rigs.os2.url, 'PUT', `/${index}/_mapping`, {
        properties: { day: { type: 'date', ignore_malformed: true } },
      })
      const before = await sent()
      const second = await expectStatus(202, retry({ group: late.key }))
      const smaller = await backfill.ended()

      expect(second).toMatchObject({ retryOf: first.id, params: { group: late.key } })
      expect(await sent(), 'only documents of the group are sent').toBe(before + LATE)
      expect(smaller.phase).toBe('CompletedWithErrors')
      expect(accounts(smaller)).toEqual({ expected: all, written: GOOD + LATE, rejected: BIG, skipped: 0 })
      const left = await backfill.failed()
      expect(left).toMatchObject({ documents: BIG, groups: [{ key: big.key, documents: BIG }] })
      expect(left.groups).toHaveLength(1)

      // Unmended, the same documents fail again, under the same key.
      await expectStatus(202, retry({ group: big.key }))
      expect(accounts(await backfill.ended())).toEqual(accounts(smaller))
      expect(await backfill.failed()).toMatchObject({
        documents: BIG,
        groups: [{ key: big.key, documents: BIG }],
      })

      const code = '(item) => ({ ...item, source: { ...item.source, size: 1 } })'
      await expectStatus(202, retry({ group: big.key, transforms: [{ name: 'size', code }] }))
      const whole = await backfill.ended()

      expect(whole.phase).toBe('Completed')
      expect(accounts(whole)).toEqual({ expected: all, written: all, rejected: 0, skipped: 0 })
      expect(await backfill.failed()).toMatchObject({ documents: 0, groups: [] })
      await ask(rigs.os2.url, 'POST', `/${index}/_refresh`)
      expect(await ask<Loose>(rigs.os2.url, 'GET', `/${index}/_count`)).toMatchObject({ count: all })
      expect(await retry({})).toMatchObject({ status: 409, body: { code: 'nothing_to_retry' } })
    })

    test('without a group what is left of all runs before is done again', async () => {
      await ask(rigs.os2.url, 'DELETE', `/${index}`)
      await ask(rigs.os2.url, 'PUT', `/${index}`, {
        settings: { number_of_shards: 1, number_of_replicas: 0 },
        mappings: { dynamic: false, properties: { day: { type: 'date' }, size: { type: 'long' } } },
      })
      const backfill = backfillOf(user, session)
      await backfill.start({ selection: { include: [index] } })
      await backfill.ended()
      const [late] = (await backfill.failed()).groups
      await ask(rigs.os2.url, 'PUT', `/${index}/_mapping`, {
        properties: { day: { type: 'date', ignore_malformed: true } },
      })
      await expectStatus(202, retry({ group: late.key }))
      await backfill.ended()
      await ask(rigs.os2.url, 'PUT', `/${index}/_mapping`, {
        properties: { size: { type: 'long', ignore_malformed: true } },
      })

      await expectStatus(202, retry({}))
      const whole = await backfill.ended()

      expect(whole.phase).toBe('Completed')
      const { expected, written, rejected, skipped } = accounts(whole)
      expect({ expected, rejected, all: written + skipped }).toEqual({ expected: all, rejected: 0, all })
      expect(whole.indexes[0].target.count).toBe(all)
    })

    /** Index operations that the target was asked for, the failed ones included. */
    async function sent(): Promise<number> {
      const stats = await ask<Loose>(rigs.os2.url, 'GET', `/${index}/_stats/indexing`)
      const { index_total, index_failed } = stats._all.primaries.indexing
      return index_total + index_failed
    }
  },
)

function documentOf(i: number) {
  if (i < GOOD) return { id: `good-${i}`, body: '{"day":"2026-01-01","size":1.0}' }
  if (i < GOOD + LATE) return { id: `late-${i}`, body: '{"day":"soon","size":2}' }
  return { id: `big-${i}`, body: '{"day":"2026-01-02","size":"huge"}' }
}

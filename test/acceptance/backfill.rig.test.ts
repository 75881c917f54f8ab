// The brief's second diagram, on real engines: a snapshot, a backfill, and every document where it belongs.
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { targetLines } from '../tools/rfs/load.ts'
import { ask } from '../tools/snapshot/source-engine.ts'
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
import { expectStatus, listItems, moveMetadata, type OwnUser, startUser } from './journey.ts'

for (const name of engines('es7', 'es6')) {
  const rigs = await needs(name, 'os2')
  describe.skipIf(!rigs.available)(`5,000 documents of ${name} moved to OpenSearch 2.19`, () => {
    const index = newName(`shelf-${name}`)
    const only = { include: [index] }
    const ends = { source: rigs[name], target: rigs.os2 }
    let user: OwnUser
    let path = ''
    let truth: string[] = []

    beforeAll(async () => {
      truth = truthOf(await fillShelf(rigs[name], index, 5_000))
      path = join(rigs[name].repo, index)
      user = await startUser({ MA_REPOSITORY_ROOTS: rigs[name].repo })
    })
    afterAll(async () => {
      await user?.close()
      await Promise.all([wipe(rigs[name], index), wipe(rigs.os2, index), wipe(rigs.os2, `trial-${index}`)])
    })
    const given = async (kind: string) => {
      const session = newName(kind)
      await givenShelf(user, session, ends, path)
      return { session, backfill: backfillOf(user, session) }
    }

    test('snapshot, metadata, backfill: every live document arrives with its id, routing and bytes', async () => {
      const { session, backfill } = await given('whole')
      expect(await takeSnapshot(user, session, [index])).toMatchObject({ status: 'Completed' })
      const moved = await moveMetadata(user, session, { dryRun: false, selection: only })
      expect(moved.status).toBe('Completed')

      const run = await backfill.start({ selection: only, workers: 2 })
      const status = await backfill.ended()

      expect(status).toMatchObject({ phase: 'Completed', eta: null, issues: [], run: { id: run.id } })
      expect(status.progress).toMatchObject({
        percent: 100,
        documents: { total: truth.length, done: truth.length, failed: 0 },
      })
      expect(status.indexes).toMatchObject([
        {
          name: index,
          documents: { expected: truth.length, written: truth.length, rejected: 0, skipped: 0 },
          target: { count: truth.length, stale: false },
        },
      ])
      expect(await lacking(rigs.os2, index, truth)).toEqual({ missing: [], unknown: [], count: truth.length })
      expect(await listItems(user, run.id)).toMatchObject([{ kind: 'index', name: index, outcome: 'ok' }])
    })

    test('what another wrote into the target is refused, kept or overwritten, as the plan says', async () => {
      await emptyTarget(rigs.os2, index)
      await ask(rigs.os2.url, 'PUT', `/${index}/_doc/id-2?refresh=true`, { n: -2 })
      const { backfill } = await given('existing')

      await backfill.start({ selection: only })
      const refused = await backfill.ended()
      await backfill.start({ selection: only, existing: 'skip' })
      const skipped = await backfill.ended()
      const kept = await ask(rigs.os2.url, 'GET', `/${index}/_source/id-2`)
      await backfill.start({ selection: only, existing: 'overwrite' })
      const overwritten = await backfill.ended()

      expect(refused).toMatchObject({ phase: 'Failed', run: { error: { code: 'target_not_empty' } } })
      expect(skipped).toMatchObject({
        phase: 'Completed',
        indexes: [{ documents: { written: truth.length - 1, skipped: 1, rejected: 0 } }],
      })
      expect(kept).toEqual({ n: -2 })
      expect(overwritten.phase).toBe('Completed')
      expect(await lacking(rigs.os2, index, truth)).toEqual({ missing: [], unknown: [], count: truth.length })
    })

    test('a trial writes a few documents of each shard into an index with the prefix, and nothing else', async () => {
      await emptyTarget(rigs.os2, index)
      const { backfill } = await given('trial')

      await backfill.start({ selection: only, trial: { documentsPerShard: 40, indexPrefix: 'trial-' } })
      const status = await backfill.ended()

      expect(status).toMatchObject({
        phase: 'Completed',
        indexes: [{ name: index, targetName: `trial-${index}`, target: { count: 120 } }],
      })
      const tried = await targetLines(rigs.os2.url, `trial-${index}`)
      expect(tried).toHaveLength(120)
      expect(tried.filter((line) => !truth.includes(line))).toEqual([])
      expect(await targetLines(rigs.os2.url, index)).toEqual([])
    })

    test('rejected documents are grouped by cause, can be downloaded, and go once the mapping is mended', async () => {
      // 300 of the documents have a number that this does not hold.
      await emptyTarget(rigs.os2, index, { n: { type: 'byte' } })
      const { session, backfill } = await given('conflict')
      await backfill.start({ selection: only })
      const broken = await backfill.ended()
      const failed = await backfill.failed()

      const small = truth.filter((line) => Number(/^id-(\d+)/.exec(line)?.[1]) < 128).length
      expect(broken.phase).toBe('CompletedWithErrors')
      expect(broken.indexes[0].documents).toEqual({
        expected: truth.length,
        written: small,
        rejected: truth.length - small,
        skipped: 0,
      })
      expect(failed).toMatchObject({ documents: truth.length - small, items: 0 })
      expect(failed.groups).toHaveLength(1)
      expect(failed.groups[0].message).toContain('mapper_parsing_exception')
      expect(failed.groups[0].count).toBe(truth.length - small)
      expect(failed.groups[0].evidence.example.id).toMatch(/^id-\d+$/)
      expect(failed.groups[0].remedy).toContain('retry the failed')
      const records = (
        await Promise.all(failed.artifacts.map(({ href }: { href: string }) => download(href)))
      ).flat()
      expect(new Set(records.map(({ id }) => id)).size).toBe(truth.length - small)

      await emptyTarget(rigs.os2, index)
      const retry = await expectStatus(
        202,
        user.call('POST', `/sessions/${session}/backfill/retry_failed`, {}),
      )
      const mended = await backfill.ended()

      expect(retry).toMatchObject({ retryOf: broken.run.id })
      expect(mended.phase).toBe('Completed')
      expect(await backfill.failed()).toMatchObject({ documents: 0, items: 0, groups: [] })
      expect(await lacking(rigs.os2, index, truth)).toMatchObject({ missing: [], unknown: [] })
      const nothing = await user.call('POST', `/sessions/${session}/backfill/retry_failed`, {})
      expect(nothing).toMatchObject({ status: 409, body: { code: 'nothing_to_retry' } })
    })

    test.each([
      ['a filter that matches nothing', { include: ['nobody-*'] }, 'selection_matches_nothing'],
      ['a target index that is missing', only, 'target_index_missing'],
    ])('%s fails before anything is written, and creates nothing', async (_, selection, code) => {
      await fetch(`${rigs.os2.url}/${index}`, { method: 'DELETE' })
      const { backfill } = await given('refused')

      await backfill.start({ selection })
      const status = await backfill.ended()

      expect(status).toMatchObject({ phase: 'Failed', run: { error: { code } } })
      expect(status.run.error.message).not.toBe('')
      expect((await fetch(`${rigs.os2.url}/${index}`)).status).toBe(404)
    })

    test('a second backfill of the session is refused while the first is open', async () => {
      await emptyTarget(rigs.os2, index)
      const { session, backfill } = await given('twice')
      const run = await backfill.start({ selection: only, rateLimit: { documents: 500, bytes: null } })

      const second = await user.call('POST', `/sessions/${session}/backfill/start`, { snapshotRef })

      expect(second).toMatchObject({ status: 409, body: { code: 'run_in_progress', runId: run.id } })
      await backfill.verb('stop')
      expect(await backfill.ended()).toMatchObject({ phase: 'Stopped' })
    })

    test('of two sessions that move one index at once each document is written by one, and told by the other', async () => {
      await emptyTarget(rigs.os2, index)
      const both = [(await given('first')).backfill, (await given('second')).backfill]

      await Promise.all(both.map((backfill) => backfill.start({ selection: only, workers: 2 })))
      const ended = await Promise.all(both.map((backfill) => backfill.ended()))

      let written = 0
      for (const { phase, run, indexes } of ended) {
        // The later one may find the target filled already when it plans.
        if (phase === 'Failed') expect(run.error.code).toBe('target_not_empty')
        else {
          const { documents } = indexes[0]
          written += documents.written
          expect(documents.written + documents.rejected).toBe(truth.length)
          expect(phase).toBe(documents.rejected === 0 ? 'Completed' : 'CompletedWithErrors')
        }
      }
      expect(written).toBe(truth.length)
      expect(await lacking(rigs.os2, index, truth)).toEqual({ missing: [], unknown: [], count: truth.length })
    })

    async function download(href: string): Promise<Record<string, unknown>[]> {
      const { url, adminToken } = user.product
      const response = await fetch(url + href, { headers: { authorization: `Bearer ${adminToken}` } })
      const text = gunzipSync(Buffer.from(await response.arrayBuffer())).toString()
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    }
  })
}

// Planted faults on real engines: all are found, none is invented, and each is named.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { newName } from './backfill-journey.ts'
import {
  aDocument,
  count,
  fillFaultIndex,
  patienceMs,
  plantDocumentFaults,
  plantMetadataFaults,
  turnAbout,
  write,
} from './faults.ts'
import { type Loose, type OwnUser, startUser } from './journey.ts'
import { checkOf, idsAt, moveShelf, type Validation, validationOf } from './validate-journey.ts'

const rigs = await needs('es7', 'os2')

describe.skipIf(!rigs.available)(
  `${count} documents of Elasticsearch 7.10.2, moved to OpenSearch 2.19 and compared`,
  { timeout: patienceMs },
  () => {
    const index = newName('faults')
    const scope = `index:${index}`
    let user: OwnUser
    let session = ''

    beforeAll(async () => {
      await fillFaultIndex(rigs.es7, index)
      user = await startUser({ MA_REPOSITORY_ROOTS: rigs.es7.repo })
      session = await moveShelf(
        user,
        { source: rigs.es7, target: rigs.os2 },
        index,
        join(rigs.es7.repo, index),
      )
    }, 3 * patienceMs)
    afterAll(async () => {
      await user?.close()
      await Promise.all([wipe(rigs.es7, index), wipe(rigs.os2, index)])
    })

    const differencesOf = async ({ status }: Validation): Promise<Loose[]> => {
      const found = status.artifacts.find(({ name }: Loose) => name === 'differences.ndjson')
      if (!found) return []
      const { url, adminToken } = user.product
      const response = await fetch(url + found.href, { headers: { authorization: `Bearer ${adminToken}` } })
      return (await response.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    }

    test('a whole migration passes, a document written in another order included', async () => {
      await turnAbout(rigs.os2, index)

      const whole = await validationOf(user, session).whole(
        ['counts', 'drift', 'sample', 'documents', 'queries'],
        {
          workers: 2,
          queries: [
            {
              name: 'ones',
              index,
              body: { query: { term: { one: 1 } }, aggs: { n: { stats: { field: 'n' } } }, sort: ['n'] },
            },
          ],
        },
      )

      expect(idsAt(whole, 'fail')).toEqual([])
      expect(whole.status.status).toBe('Completed')
      expect(checkOf(whole, 'sample.documents', scope)).toMatchObject({
        status: 'pass',
        evidence: { compared: expect.any(Number) },
      })
      expect(checkOf(whole, 'sample.documents', scope).evidence.compared).toBeGreaterThan(50)
      expect(checkOf(whole, 'queries.answer')).toMatchObject({
        status: 'pass',
        evidence: { overlap: 1, total: { source: count, target: count } },
      })
      const { evidence } = checkOf(whole, 'documents.content', scope)
      expect(evidence.equation).toEqual({
        truth: count,
        equal: count,
        different: 0,
        missing: 0,
        rejected: 0,
        skipped: 0,
        superseded: 0,
        extra: 0,
      })
      expect(evidence.digests.source).toBe(evidence.digests.target)
      expect(evidence.digests.source).toMatch(/^[0-9a-f]{64}$/)
      expect(whole.status.progress).toMatchObject({ percent: 100, unit: 'documents' })
      expect(await differencesOf(whole)).toEqual([])
    })

    test('a target that is written to while it is compared is unknown, and what is reported is no invention', async () => {
      const validation = validationOf(user, session)
      await validation.start(['documents'], { rateLimit: { documents: count / 4 } })
      await validation.until('reading', ({ progress }) => (progress?.done ?? 0) > 0)
      await write(rigs.os2, index, aDocument(20))
      const at = await validation.ended()

      expect(at.status).toBe('CompletedWithErrors')
      const [check] = (await user.call('GET', `/runs/${at.run.id}/items?kind=check`)).body.items
      expect(check.detail.check).toMatchObject({
        status: 'unknown',
        message: expect.stringContaining('written to while'),
      })
    })

    test('a comparison that was stopped half-way goes on from what it had read', async () => {
      const validation = validationOf(user, session)
      // Slow enough that the stop is heard before the end: both sides are read side by side.
      const first = await validation.start(['documents'], { rateLimit: { documents: count / 40 } })
      await validation.until('a quarter', ({ progress }) => (progress?.percent ?? 0) > 25)
      await user.call('POST', `/runs/${first.id}/stop`, { reason: 'half-way' })
      const stopped = await validation.ended()
      const done = stopped.progress.done
      const rateLimit = { documents: count / 8 }
      const resumed = await validation.start(['documents'], { resumeFrom: first.id, rateLimit })
      const early = await validation.until('its first progress', ({ progress }) => (progress?.done ?? 0) > 0)
      const at = await validation.ended()

      expect(stopped.status).toBe('Stopped')
      expect(done).toBeLessThan(2 * count)
      expect(early.run.id).toBe(resumed.id)
      // What was read before counts from the first look on: less would be reading it again.
      expect(early.progress.done).toBeGreaterThanOrEqual(done)
      expect(at.status).toBe('Completed')
    })

    test('every planted fault is found and named, and nothing else', async () => {
      const planted = await plantDocumentFaults(rigs.os2, index)
      await plantMetadataFaults(rigs.os2, index)

      const broken = await validationOf(user, session).whole(['counts', 'drift', 'documents'])

      expect(broken.status.status).toBe('CompletedWithErrors')
      const differences = await differencesOf(broken)
      for (const fault of planted) expect(differences).toContainEqual(expect.objectContaining(loosely(fault)))
      expect(differences).toHaveLength(planted.length)
      expect(checkOf(broken, 'documents.content', scope)).toMatchObject({
        status: 'fail',
        evidence: {
          equation: {
            truth: count,
            equal: count - 6,
            different: 5,
            missing: 1,
            extra: 1,
            rejected: 0,
            skipped: 0,
          },
        },
      })
      expect(idsAt(broken, 'fail').sort()).toEqual([
        `documents.content ${scope}`,
        `drift.alias alias:${index}/${index}-few`,
        `drift.index ${scope}`,
      ])
      const drift = checkOf(broken, 'drift.index', scope).evidence.drift.map(({ path }: Loose) => path)
      expect(drift.every((path: string) => path.startsWith('settings.analysis.analyzer.mine'))).toBe(true)
      expect(checkOf(broken, 'drift.alias', `alias:${index}/${index}-few`).evidence.drift).toMatchObject([
        { path: 'filter' },
      ])
      expect(idsAt(broken, 'unknown')).toEqual([])
    })

    test('certificates are signed, follow on one another, and are verified without the product', async () => {
      const key = (await user.call('GET', '/signing-key')).body
      const runs = (await user.call('GET', `/sessions/${session}/runs?limit=50`)).body.items
      const certificates: Loose[] = []
      for (const { id, action } of runs) {
        const found = await user.call('GET', `/runs/${id}/artifacts/certificate.json`)
        if (action === 'validate' && found.status === 200) certificates.push(found.body)
      }
      const verify = (all: Loose[], publicKey = key.publicKey) => verifyFiles(all, publicKey)
      const [last] = certificates
      const numbers = certificates.map(({ certificate }) => certificate.sequence)

      expect(numbers).toEqual(numbers.map((_, at) => numbers.length - at))
      expect(last.certificate).toMatchObject({
        complete: false,
        totals: { truth: count, missing: 1, extra: 1 },
      })
      expect(certificates.at(-1).certificate).toMatchObject({ complete: true, previous: null })
      expect(await verify(certificates)).toBe(0)
      expect(await verify([last], Buffer.alloc(32, 1).toString('base64'))).toBe(1)
      const forged = structuredClone(last)
      forged.certificate.indexes[0].equation.missing = 0
      expect(await verify([forged])).toBe(1)
      expect(await verify([last, { ...certificates[1], certificate: certificates.at(-1).certificate }])).toBe(
        1,
      )
    })

    test('an index that the target no longer has is a failure, not a gap', async () => {
      await fetch(`${rigs.os2.url}/${index}`, { method: 'DELETE' })
      await sleep(500)

      const gone = await validationOf(user, session).whole(['counts', 'documents'])

      expect(gone.status.status).toBe('CompletedWithErrors')
      expect(checkOf(gone, 'documents.content', scope)).toMatchObject({
        status: 'fail',
        evidence: { code: 'index_missing' },
      })
      expect(checkOf(gone, 'counts.documents', scope)).toMatchObject({ status: 'fail' })
    })
  },
)

/** The command, on files, as an auditor runs it. */
async function verifyFiles(certificates: Loose[], publicKey: string): Promise<number | null> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'))
  const files = certificates.map((_, at) => join(folder, `${at}.json`))
  await Promise.all(files.map((file, at) => writeFile(file, JSON.stringify(certificates[at]))))
  const { promise, resolve } = Promise.withResolvers<number | null>()
  spawn(process.execPath, ['tools/validate/main.ts', 'verify', ...files, '--key', publicKey]).once(
    'close',
    resolve,
  )
  const code = await promise
  await rm(folder, { recursive: true })
  return code
}

/** Within a fault what is named must be there; more may be. */
function loosely(fault: Record<string, unknown>): Record<string, unknown> {
  const { paths, ...rest } = fault
  return Array.isArray(paths) ? { ...rest, paths: paths.map((path) => expect.objectContaining(path)) } : rest
}

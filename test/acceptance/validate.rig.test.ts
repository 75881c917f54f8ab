// After a migration on real engines: what the validators say of it, and what they say once it is not whole any more.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { ask } from '../tools/snapshot/source-engine.ts'
import { fillShelf, newName, truthOf } from './backfill-journey.ts'
import { type OwnUser, startUser } from './journey.ts'
import { checkOf, idsAt, moveShelf, validationOf } from './validate-journey.ts'

const rigs = await needs('es7', 'os2')

describe.skipIf(!rigs.available)(
  'a migration from Elasticsearch 7.10.2 to OpenSearch 2.19 is validated',
  () => {
    const index = newName('proof')
    const ends = { source: rigs.es7, target: rigs.os2 }
    let user: OwnUser
    let session = ''
    let truth = 0

    beforeAll(async () => {
      truth = truthOf(await fillShelf(rigs.es7, index, 3_000)).length
      user = await startUser({ MA_REPOSITORY_ROOTS: rigs.es7.repo })
      session = await moveShelf(user, ends, index, join(rigs.es7.repo, index))
    })
    afterAll(async () => {
      await user?.close()
      await Promise.all([wipe(rigs.es7, index), wipe(rigs.os2, index)])
    })

    test('counts and metadata of a whole migration pass, and the report has nothing to name', async () => {
      const whole = await validationOf(user, session).whole(['counts', 'drift'])

      expect(whole.status.status).toBe('Completed')
      expect(idsAt(whole, 'fail')).toEqual([])
      expect(checkOf(whole, 'counts.documents', `index:${index}`)).toMatchObject({
        status: 'pass',
        evidence: { source: truth, target: truth, expected: truth, snapshot: { documents: truth } },
      })
      const shards = checkOf(whole, 'counts.documents').evidence.snapshot.shards
      expect(shards).toHaveLength(3)
      // Two nested children of each document, and what was updated and deleted.
      expect(shards.reduce((sum: number, shard: { nested: number }) => sum + shard.nested, 0)).toBe(2 * truth)
      expect(shards.some((shard: { deleted: number }) => shard.deleted > 0)).toBe(true)
      expect(checkOf(whole, 'drift.index', `index:${index}`)).toMatchObject({ status: 'pass' })
      expect(whole.report).toMatchObject({ counts: { warn: 0, fail: 0, unknown: 0 } })
      // What other suites have on the same engines is named as left out.
      const findings = whole.report.findings.filter(({ status }: { status: string }) => status !== 'skipped')
      expect(findings).toEqual([])
      expect(whole.status.artifacts.map(({ name }: { name: string }) => name)).toEqual([
        'validation.html',
        'validation.json',
      ])
    })

    test('a document too few, an alias and an analyzer are named, each with its remedy', async () => {
      const [id] = (
        await ask<{ hits: { hits: { _id: string; _routing?: string }[] } }>(
          rigs.os2.url,
          'GET',
          `/${index}/_search?size=1&_source=false`,
        )
      ).hits.hits.map(
        (hit) => `${hit._id}${hit._routing ? `?routing=${encodeURIComponent(hit._routing)}` : ''}`,
      )
      await ask(rigs.os2.url, 'DELETE', `/${index}/_doc/${id}`)
      await ask(rigs.es7.url, 'PUT', `/${index}/_alias/${index}-mine`, { filter: { term: { n: 1 } } })
      await ask(rigs.os2.url, 'PUT', `/${index}/_alias/${index}-mine`, {})

      const broken = await validationOf(user, session).whole(['counts', 'drift'])

      expect(broken.status.status).toBe('CompletedWithErrors')
      expect(checkOf(broken, 'counts.documents')).toMatchObject({
        status: 'fail',
        evidence: { target: truth - 1, expected: truth },
        remedy: expect.stringContaining('missing'),
      })
      expect(checkOf(broken, 'drift.alias', `alias:${index}/${index}-mine`)).toMatchObject({
        status: 'fail',
        evidence: { drift: [{ path: 'filter' }] },
      })
      expect(broken.report.findings.map(({ id }: { id: string }) => id)).toEqual(
        expect.arrayContaining(['counts.documents', 'drift.alias']),
      )
    })

    test('asked again about one index, it names what is still missing', async () => {
      const again = await validationOf(user, session).whole(['counts'], { selection: { include: [index] } })
      expect(again.status.items.failed).toBe(1)
      expect(idsAt(again, 'fail')).toEqual([`counts.documents index:${index}`])
    })
  },
)

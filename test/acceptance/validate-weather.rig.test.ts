// A validation in bad weather on real engines: what cannot be compared is said to be so, and what can be goes on.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { targetLines } from '../tools/rfs/load.ts'
import { ask } from '../tools/snapshot/source-engine.ts'
import { backfillOf, fillShelf, givenShelf, newName, takeSnapshot } from './backfill-journey.ts'
import { moveMetadata, type OwnUser, startUser } from './journey.ts'
import { checkOf, idsAt, validationOf } from './validate-journey.ts'

const rigs = await needs('es7', 'os2')

describe.skipIf(!rigs.available)(
  'a validation of Elasticsearch 7.10.2 and OpenSearch 2.19 in bad weather',
  () => {
    const index = newName('weather')
    const blind = `${index}-blind`
    const session = newName('weather')
    const only = { include: [`${index}*`] }
    let user: OwnUser

    beforeAll(async () => {
      const shelf = await fillShelf(rigs.es7, index, 3_000)
      await shelf.refresh() // so that searches find what the snapshot holds
      await ask(rigs.es7.url, 'PUT', `/${blind}`, {
        mappings: { _source: { enabled: false } },
        settings: { number_of_shards: 1, number_of_replicas: 0 },
      })
      await ask(rigs.es7.url, 'PUT', `/${blind}/_doc/1?refresh=true`, { n: 1 })
      user = await startUser({ MA_REPOSITORY_ROOTS: rigs.es7.repo })
      await givenShelf(user, session, { source: rigs.es7, target: rigs.os2 }, join(rigs.es7.repo, session))
      await takeSnapshot(user, session, [`${index}*`])
      const own = { templates: only, componentTemplates: only, pipelines: only, allowEmpty: true }
      await moveMetadata(user, session, { dryRun: false, selection: only, ...own })
      const backfill = backfillOf(user, session)
      await backfill.start({ selection: { include: [index] }, workers: 2 })
      await backfill.ended()
    }, 180_000)
    afterAll(async () => {
      await user?.close()
      await Promise.all([wipe(rigs.es7, index), wipe(rigs.os2, index)])
    })

    test('an index whose _source is not kept is unknown with its reason, and the others are compared', async () => {
      const seen = await validationOf(user, session).whole(['documents'], { selection: only })

      expect(seen.status.status).toBe('CompletedWithErrors')
      expect(checkOf(seen, 'documents.content', `index:${index}`)).toMatchObject({ status: 'pass' })
      expect(checkOf(seen, 'documents.content', `index:${blind}`)).toMatchObject({
        status: 'unknown',
        evidence: { code: 'source_not_kept' },
        remedy: expect.stringContaining('queries'),
      })
      const { body } = await user.call('GET', `/runs/${seen.run.id}/artifacts/certificate.json`)
      expect(body.certificate).toMatchObject({ complete: false })
    })

    test('a query that one side refuses is a difference, and one that both refuse says nothing', async () => {
      const ofType = { name: 'by type', index, body: { query: { type: { value: '_doc' } } } }
      const nonsense = { name: 'nonsense', index, body: { query: { no_such_query: {} } } }
      const fair = { name: 'all', index, body: { query: { match_all: {} }, sort: ['n'] } }

      const asked = await validationOf(user, session).whole(['queries'], {
        selection: { include: [index] },
        queries: [ofType, nonsense, fair],
      })

      expect(checkOf(asked, 'queries.answer', 'query:by type')).toMatchObject({
        status: 'fail',
        message: expect.stringContaining('The target does not answer "by type"'),
        evidence: { source: null, target: expect.any(Object) },
      })
      expect(checkOf(asked, 'queries.answer', 'query:nonsense')).toMatchObject({
        status: 'unknown',
        message: expect.stringContaining('Both sides'),
      })
      expect(idsAt(asked, 'pass')).toEqual(['queries.answer query:all'])
      expect(asked.status.status).toBe('CompletedWithErrors')
    })

    test('views that run out half-way are taken anew, and every document is still read once', async () => {
      const validation = validationOf(user, session)
      const { id } = await validation.start(['documents'], {
        selection: { include: [index] },
        rateLimit: { documents: 200 }, // long enough for views to be open when they are looked for
      })
      await validation.until('reading', ({ progress }) => (progress?.done ?? 0) > 0)
      const ended = await endViews(rigs.os2.url, index)
      const at = await validation.ended()

      expect(ended).toBeGreaterThan(0)
      expect(at.run.id).toBe(id)
      expect(at.status).toBe('Completed')
      const [{ detail }] = (await user.call('GET', `/runs/${id}/items?kind=check`)).body.items
      const documents = (await targetLines(rigs.os2.url, index)).length
      expect(detail.check.evidence.equation).toMatchObject({ truth: documents, equal: documents, missing: 0 })
    })
  },
)

/** Ends the points in time of one index, as soon as there are any, and says how many. Other suites have their own. */
async function endViews(url: string, index: string): Promise<number> {
  type Settings = Record<string, { settings: { index: { uuid: string } } }>
  const { [index]: kept } = await ask<Settings>(url, 'GET', `/${index}/_settings`)
  const uuid = kept?.settings.index.uuid ?? ''
  for (let looks = 0; looks < 100; looks++) {
    const open = await fetch(`${url}/_search/point_in_time/_all`)
    const { pits = [] } = (await open.json()) as { pits?: { pit_id: string }[] }
    // An id names the shards that it holds, as text within.
    const ours = pits.map(({ pit_id }) => pit_id).filter((id) => Buffer.from(id, 'base64url').includes(uuid))
    if (ours.length > 0) await ask(url, 'DELETE', '/_search/point_in_time', { pit_id: ours })
    if (ours.length > 0) return ours.length
    await sleep(100)
  }
  return 0
}

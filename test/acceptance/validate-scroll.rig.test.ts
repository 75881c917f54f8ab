// A target without points in time is read by scrolls, and what differs on it is found all the same.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { newName } from './backfill-journey.ts'
import { count, fillFaultIndex, patienceMs, plantDocumentFaults } from './faults.ts'
import { type OwnUser, startUser } from './journey.ts'
import { checkOf, moveShelf, validationOf } from './validate-journey.ts'

const rigs = await needs('es7', 'os1')

describe.skipIf(!rigs.available)(
  `${count} documents of Elasticsearch 7.10.2, moved to OpenSearch 1.3 and compared`,
  { timeout: patienceMs },
  () => {
    const index = newName('scroll')
    const scope = `index:${index}`
    let user: OwnUser
    let session = ''

    beforeAll(async () => {
      await fillFaultIndex(rigs.es7, index)
      user = await startUser({ MA_REPOSITORY_ROOTS: rigs.es7.repo })
      const ends = { source: rigs.es7, target: rigs.os1 }
      session = await moveShelf(user, ends, index, join(rigs.es7.repo, index))
    }, 3 * patienceMs)
    afterAll(async () => {
      await user?.close()
      await Promise.all([wipe(rigs.es7, index), wipe(rigs.os1, index)])
    })

    test('a whole migration passes, document for document', async () => {
      const whole = await validationOf(user, session).whole(['documents', 'sample'])

      expect(whole.status.status).toBe('Completed')
      expect(checkOf(whole, 'documents.content', scope)).toMatchObject({
        status: 'pass',
        evidence: { equation: { truth: count, equal: count, missing: 0, different: 0, extra: 0 } },
      })
    })

    test('every planted fault is counted as what it is', async () => {
      await plantDocumentFaults(rigs.os1, index)

      const broken = await validationOf(user, session).whole(['documents'])

      expect(broken.status.status).toBe('CompletedWithErrors')
      expect(checkOf(broken, 'documents.content', scope)).toMatchObject({
        status: 'fail',
        evidence: { equation: { truth: count, equal: count - 6, different: 5, missing: 1, extra: 1 } },
      })
    })
  },
)

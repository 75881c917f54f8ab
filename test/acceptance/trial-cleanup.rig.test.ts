// A trial leaves nothing behind: what it created goes, what was there before stays.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { ask } from '../tools/snapshot/source-engine.ts'
import { backfillOf, emptyTarget, fillShelf, givenShelf, newName, takeSnapshot } from './backfill-journey.ts'
import { expectStatus, type OwnUser, startUser } from './journey.ts'

const rigs = await needs('es7', 'os2')

describe.skipIf(!rigs.available)('the clean-up of a trial', { timeout: 300_000 }, () => {
  const base = newName('tidy')
  const [fresh, older] = [`${base}-fresh`, `${base}-older`]
  const prefix = `try-${base}-`
  const session = newName('tidy')
  const place = `/sessions/${session}/backfill/trial_cleanup`
  let user: OwnUser

  beforeAll(async () => {
    for (const index of [fresh, older]) {
      await fillShelf(rigs.es7, index, 300)
      await emptyTarget(rigs.os2, index)
    }
    // Two that were there before: one that the trial will write into, and one that only shares the prefix.
    await emptyTarget(rigs.os2, `${prefix}${older}`)
    await emptyTarget(rigs.os2, `${prefix}somebody-else`)
    user = await startUser({ MA_REPOSITORY_ROOTS: rigs.es7.repo })
    await givenShelf(user, session, { source: rigs.es7, target: rigs.os2 }, join(rigs.es7.repo, base))
    await takeSnapshot(user, session, [fresh, older])
  })
  afterAll(async () => {
    await user?.close()
    await Promise.all([wipe(rigs.es7, base), wipe(rigs.os2, base), wipe(rigs.os2, prefix)])
  })

  const there = async (name: string) => (await fetch(`${rigs.os2.url}/${name}`)).status === 200

  test('deletes what the trial created and nothing else, once', async () => {
    expect(await user.call('POST', place, {})).toMatchObject({
      status: 409,
      body: { code: 'trial_not_found' },
    })
    const backfill = backfillOf(user, session)
    await backfill.start({
      selection: { include: [fresh, older] },
      trial: { documentsPerShard: 20, indexPrefix: prefix },
    })
    expect(await backfill.ended()).toMatchObject({ phase: 'Completed' })

    const preview = await expectStatus(200, user.call('POST', place, {}))
    const unconfirmed = await user.call('POST', place, { dryRun: false, confirm: 'try-' })
    expect(preview).toEqual({
      indexPrefix: prefix,
      dryRun: true,
      deleted: [{ name: `${prefix}${fresh}`, documents: 60 }],
      kept: [
        { name: `${prefix}${older}`, documents: 60, reason: expect.stringContaining('before the trial') },
      ],
      gone: [],
    })
    expect(unconfirmed).toMatchObject({ status: 409, body: { code: 'confirmation_needed' } })
    expect(await there(`${prefix}${fresh}`)).toBe(true)

    const confirmed = { dryRun: false, confirm: prefix, reason: 'the trial went well' }
    const done = await expectStatus(200, user.call('POST', place, confirmed))
    const again = await expectStatus(200, user.call('POST', place, confirmed))

    expect(done).toEqual({ ...preview, dryRun: false })
    expect(again).toMatchObject({ deleted: [], gone: [`${prefix}${fresh}`] })
    const left = [`${prefix}${fresh}`, `${prefix}${older}`, `${prefix}somebody-else`, fresh, older].map(there)
    expect(await Promise.all(left)).toEqual([false, true, true, true, true])
    const { items } = await expectStatus(200, user.call('GET', '/audit?limit=10'))
    expect(JSON.stringify(items)).toContain('the trial went well')
  })

  test('an index that somebody made under the name later is not the trial’s', async () => {
    await ask(rigs.os2.url, 'PUT', `/${prefix}${fresh}`, { settings: { number_of_replicas: 0 } })

    const done = await expectStatus(200, user.call('POST', place, { dryRun: false, confirm: prefix }))

    expect(done.deleted).toEqual([])
    expect(await there(`${prefix}${fresh}`)).toBe(true)
  })
})

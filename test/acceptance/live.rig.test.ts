// What a user sees and does while metadata moves: live events, a stop in the middle, a retry after mending the target.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { openStream } from './event-stream.ts'
import {
  cluster,
  expectStatus,
  givenSession,
  listItems,
  moveMetadata,
  startUser,
  statusAtEnd,
  type User,
} from './journey.ts'
import { putAll, send } from './reach.ts'

const rigs = await needs('es7', 'os2')
const prefix = 'live-rig'

describe.skipIf(!rigs.available)('a migration that is watched', () => {
  const { es7, os2 } = rigs
  const names = Array.from({ length: 60 }, (_, at) => `${prefix}-${String(at).padStart(2, '0')}`)
  let user: User & { close(): Promise<void> }

  beforeAll(async () => {
    await Promise.all([wipe(es7, prefix), wipe(os2, prefix)])
    await putAll(
      es7,
      names.map((name) => [
        `/${name}`,
        { settings: { number_of_replicas: 0 }, aliases: { [`${prefix}-all`]: {} } },
      ]),
    )
    user = await startUser()
    const off = { include: [] }
    await givenSession(user, 'live', {
      source: cluster(es7.url),
      target: cluster(os2.url),
      selection: { include: [`${prefix}-*`] },
      metadata: { templates: off, componentTemplates: off, pipelines: off, concurrency: 1 },
    })
  })
  afterAll(async () => {
    await user?.close()
    await Promise.all([wipe(es7, prefix), wipe(os2, prefix)])
  })

  test('is stopped in the middle, and goes on from there when it is started again', async () => {
    const run = await expectStatus(202, user.call('POST', '/sessions/live/metadata/start', { dryRun: false }))
    await arrivals(3)
    const asked = performance.now()
    await expectStatus(202, user.call('POST', `/runs/${run.id}/stop`, { reason: 'lunch' }))
    const stopped = await statusAtEnd(user, 'live', run.id)
    const tookMs = performance.now() - asked

    expect(stopped).toMatchObject({ status: 'Stopped', run: { reason: 'lunch' } })
    expect(tookMs).toBeLessThan(2_500)
    const arrived = await onTarget()
    expect(arrived.length).toBeGreaterThanOrEqual(3)
    expect(arrived.length).toBeLessThan(names.length)
    await sleep(1_000)
    expect(await onTarget()).toEqual(arrived)

    const status = await moveMetadata(user, 'live', { dryRun: false, concurrency: 8 })

    expect(status).toMatchObject({ status: 'Completed', items: { failed: 0 } })
    expect(await onTarget()).toEqual(names)
    const items = await listItems(user, status.run.id, '&kind=index')
    expect(items.filter(({ detail }) => detail.action === 'unchanged').map(({ name }) => name)).toEqual(
      arrived,
    )
  })

  test('is streamed while it runs, in order, and again from where a reader left off', async () => {
    await wipe(os2, prefix)
    const stream = await openStream(user, 'live')
    await expectStatus(
      202,
      user.call('POST', '/sessions/live/metadata/start', { dryRun: false, concurrency: 2 }),
    )

    const seen = await stream.until(({ type, data }) => type === 'run.state' && data.state === 'Completed')

    await stream.close()
    const states = seen.filter(({ type }) => type === 'run.state').map(({ data }) => data.state)
    expect(states).toEqual(['Pending', 'Running', 'Completed'])
    const shares = seen
      .filter(({ type }) => type === 'run.progress')
      .map(({ data }) => data.progress?.done ?? 0)
    expect(shares.some((done) => done > 0 && done < names.length)).toBe(true)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    const ids = seen.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    const late = seen.map(({ at, receivedAt }) => receivedAt - Date.parse(at))
    expect(Math.max(...late)).toBeLessThan(2_000)

    const again = await openStream(user, 'live', ids[1])
    const rest = await again.until(({ data }) => data.state === 'Completed')
    await again.close()
    expect(rest.map(({ id }) => id)).toEqual(ids.slice(2))
  })

  test('fails where the target is in the way, and is retried after that is mended', async () => {
    await wipe(os2, prefix)
    await putAll(os2, [[`/${prefix}-all`, {}]])

    const broken = await moveMetadata(user, 'live', {
      dryRun: false,
      selection: { include: names.slice(0, 3) },
    })

    expect(broken.status).toBe('CompletedWithErrors')
    const failed = await listItems(user, broken.run.id, '&outcome=failed&kind=index')
    expect(failed.map(({ name }) => name)).toEqual(names.slice(0, 3))
    expect(failed[0].detail).toMatchObject({ action: 'refused', targetError: { status: 400 } })
    await send(os2, 'DELETE', `/${prefix}-all`)

    const retry = await expectStatus(202, user.call('POST', '/sessions/live/metadata/retry_failed'))
    const mended = await statusAtEnd(user, 'live', retry.id)

    expect(mended).toMatchObject({
      status: 'Completed',
      run: { retryOf: broken.run.id },
      items: { failed: 0 },
    })
    expect(await onTarget()).toEqual(names.slice(0, 3))
    const nothing = await user.call('POST', '/sessions/live/metadata/retry_failed')
    expect(nothing).toMatchObject({ status: 409, body: { code: 'nothing_to_retry' } })
  })

  async function onTarget(): Promise<string[]> {
    const { body } = await send(
      os2,
      'GET',
      `/_cat/indices/${prefix}-*?h=index&format=json&expand_wildcards=all`,
    )
    return (body as { index: string }[]).map(({ index }) => index).sort()
  }

  async function arrivals(count: number) {
    while ((await onTarget()).length < count) await sleep(20)
  }
})

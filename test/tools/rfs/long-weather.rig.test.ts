// Weather that lasts: a target that is blocked or throttles for a minute, a control plane that is away as long, a worker
// that stalls past its lease, clocks apart, documents of 50 MB, and none at all.
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BackfillPlan } from '../../../shared/domain/backfill.ts'
import { startEngine } from '../../rigs/engine.ts'
import { hasTime, needs } from '../../rigs/engines.ts'
import { ask, noise, openEngine, TruthIndex, takeSnapshot } from '../snapshot/source-engine.ts'
import { controlPlane } from './control-plane.ts'
import { type Line, load, targetLines } from './load.ts'
import { throttle } from './throttle.ts'

const rigs = await needs('es7', 'os2')
const COUNT = 3_000
const MINUTE = 60_000

describe.skipIf(!rigs.available || !hasTime('weather that lasts'))(
  'a backfill of 3,000 documents from es7 into os2',
  { timeout: 4 * MINUTE },
  () => {
    const name = `rfs-long-${process.pid}`
    const [empty, minute] = [`${name}-empty`, `${name}-minute`]
    const target = rigs.os2.url
    let repository = ''
    let truth: string[] = []

    const configOf = (index: string, plan: object = {}, endpoint = target) => ({
      repository: { type: 'fs', path: repository },
      snapshot: 'snap',
      target: { endpoint },
      plan: { selection: { include: [index] }, batchBytes: 65_536, ...plan },
    })
    const assignmentOf = (index: string, rest: object = {}) => {
      const { repository: from, snapshot, plan } = configOf(index, rest)
      const cluster = { role: 'target', endpoint: target, credentials: { type: 'none' } }
      const full = v.parse(BackfillPlan, plan) as BackfillPlan & { rateLimit: null }
      return {
        run: { id: 'r1', sessionId: 's1' },
        repository: from,
        snapshot,
        plan: full,
        target: cluster,
        written: [],
        retry: null,
        expiresAt: null,
      }
    }
    const remake = async (index: string) => {
      await fetch(`${target}/${index}`, { method: 'DELETE' })
      await ask(target, 'PUT', `/${index}`, {
        settings: { number_of_shards: 2, number_of_replicas: 0 },
        mappings: { dynamic: false },
      })
    }
    const waitedFor = (lines: Line[]) =>
      new Set(lines.flatMap(({ waitingFor }) => (waitingFor ? [(waitingFor as { code: string }).code] : [])))

    beforeAll(async () => {
      const engine = await openEngine(rigs.es7)
      for (const index of [name, minute, empty]) {
        const source = new TruthIndex(engine, index)
        await source.create({ number_of_shards: 2 }, {}, { dynamic: false })
        if (index === empty) continue
        for (let at = 0; at < COUNT; at += 1_000)
          await source.bulk(
            Array.from({ length: 1_000 }, (_, i) => {
              return { id: `d${at + i}`, body: `{"n":${at + i},"t":"${noise(at + i, 900)}"}` }
            }),
          )
        await source.flush()
        truth = source.lines().map((line) => line.slice(line.indexOf('|') + 1))
      }
      repository = await takeSnapshot(engine, [`${name}*`])
      await ask(rigs.es7.url, 'DELETE', `/${name}*`)
    })
    afterAll(async () => {
      for (const index of [name, minute, empty]) await fetch(`${target}/${index}`, { method: 'DELETE' })
    })

    test.each([
      ['out of disk (flood stage)', 'index.blocks.read_only_allow_delete', 'flood_stage'],
      ['read-only', 'index.blocks.write', 'target_blocked'],
    ])('a target that is %s is waited for and said, and nothing is lost', async (_, block, code) => {
      await remake(name)
      const run = load(configOf(name, { rateLimit: { documents: 600 } }))
      await sleep(2_500)
      await ask(target, 'PUT', `/${name}/_settings`, { [block]: true })
      await sleep(6_000)
      await ask(target, 'PUT', `/${name}/_settings`, { [block]: null })

      const { code: exit, lines, failed } = await run

      expect([...waitedFor(lines)]).toContain(code)
      expect(failed).toEqual([])
      expect(exit).toBe(0)
      expect(await targetLines(target, name)).toEqual(truth)
    })

    test('429 for a minute, and a control plane that is away for a minute, both at once', async () => {
      await Promise.all([remake(name), remake(minute)])
      const door = await throttle(target, MINUTE)
      const throttled = load(configOf(name, {}, door.url))
      const plane = await controlPlane(assignmentOf(minute, { rateLimit: { documents: 300 } }))
      expect(await plane.start('plan').ended).toEqual({ code: 0, signal: null })
      const worker = plane.start('work')
      while (plane.written() === 0) await sleep(100)
      plane.leave()
      await sleep(MINUTE)
      plane.back()

      expect(await worker.ended).toEqual({ code: 0, signal: null })
      const { code, lines, failed } = await throttled

      expect(plane.written()).toBe(COUNT)
      expect(await targetLines(target, minute)).toEqual(truth)
      expect([...waitedFor(lines)]).toContain('throttled')
      expect(failed).toEqual([])
      expect(code).toBe(0)
      // Fewer than two a second: the target is not pressed while it asks for rest.
      expect(door.refused).toBeGreaterThan(3)
      expect(door.refused).toBeLessThan(120)
      expect(await targetLines(target, name)).toEqual(truth)
      plane.stop()
      door.stop()
    })

    test('a worker that stalls past its lease and wakes up writes nothing over its successor', async () => {
      await remake(name)
      const plane = await controlPlane(assignmentOf(name, { rateLimit: { documents: 800 } }))
      expect(await plane.start('plan').ended).toEqual({ code: 0, signal: null })
      const stalled = plane.start('work')
      while (plane.written() < 300) await sleep(50)
      stalled.child.kill('SIGSTOP')
      // The worker's own clock runs on while it is stopped, as that of a stalled machine does.
      await sleep(31_000)
      for (const item of plane.workItems.items.values()) item.leaseExpiresAt = 0
      plane.workItems.knobs = { ...plane.workItems.knobs, rateLimit: null }

      const next = plane.start('work')
      while (plane.leases.every(({ epoch }) => epoch === 1)) await sleep(50)
      stalled.child.kill('SIGCONT')

      expect(await next.ended).toEqual({ code: 0, signal: null })
      expect((await stalled.ended).signal).toBe(null)
      expect(plane.written()).toBe(COUNT)
      expect(await targetLines(target, name)).toEqual(truth)
      plane.stop()
    })

    test.each([
      ['an hour ahead', 3_600_000],
      ['an hour behind', -3_600_000],
    ])('a worker whose clock is %s loses no lease and nothing else', async (_, offset) => {
      await remake(name)
      const plane = await controlPlane(assignmentOf(name))
      const shifted = `const now = Date.now; Date.now = () => now() + ${offset}`
      const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shifted)}` }

      for (const step of ['plan', 'work', 'verify'] as const)
        expect(await plane.start(step, env).ended).toEqual({ code: 0, signal: null })

      expect(plane.leases.every(({ epoch }) => epoch === 1)).toBe(true)
      expect(await targetLines(target, name)).toEqual(truth)
      plane.stop()
    })

    test('an index without documents is done at once, and proven', async () => {
      await remake(empty)

      const { code, lines } = await load(configOf(empty))

      expect(lines.at(-1)).toMatchObject({ agree: true, indexes: [{ name: empty, count: 0 }] })
      expect(code).toBe(0)
    })

    test('a document of almost 50 MB arrives byte for byte; a larger one is kept as too_large', async () => {
      const [source, big] = await Promise.all([
        startEngine('es7', { heapMb: 1_024 }),
        startEngine('os2', { heapMb: 1_024 }),
      ])
      try {
        const engine = await openEngine(source)
        const index = new TruthIndex(engine, 'huge')
        await index.create({}, {}, { dynamic: false })
        const bodyOf = (bytes: number) =>
          `{"t":"${noise(1, 1 << 20)
            .repeat(51)
            .slice(0, bytes - 8)}"}`
        await index.put({ id: 'largest', body: bodyOf((50 << 20) - 2_000) })
        await index.put({ id: 'small', body: '{"t":"1"}' })
        const expected = index.lines().map((line) => line.slice(line.indexOf('|') + 1))
        await index.put({ id: 'too-large', body: bodyOf((50 << 20) + 2_000) })
        await index.flush()
        const path = await takeSnapshot(engine, ['huge'])
        await ask(big.url, 'PUT', '/huge', {
          settings: { number_of_replicas: 0 },
          mappings: { dynamic: false },
        })

        const { lines, failed } = await load({
          repository: { type: 'fs', path },
          snapshot: 'snap',
          target: { endpoint: big.url },
        })

        expect(failed).toMatchObject([{ id: 'too-large', errorType: 'too_large' }])
        expect(lines.at(-1)).toMatchObject({
          agree: true,
          indexes: [{ accounting: { written: 2, rejected: 1 } }],
        })
        expect(await targetLines(big.url, 'huge')).toEqual(expected)
      } finally {
        await Promise.all([source.stop(), big.stop()])
      }
    })
  },
)

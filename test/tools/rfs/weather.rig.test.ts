// What goes wrong at night: documents the target refuses, a target that restarts, workers that are killed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BackfillPlan } from '../../../shared/domain/backfill.ts'
import { startEngine } from '../../rigs/engine.ts'
import { hasTime, needs } from '../../rigs/engines.ts'
import { ask, noise, openEngine, TruthIndex, takeSnapshot } from '../snapshot/source-engine.ts'
import { controlPlane } from './control-plane.ts'
import { load, targetLines } from './load.ts'

const rigs = await needs('es7', 'os2')
const COUNT = 6_000

describe.skipIf(!rigs.available)('a backfill of 6,000 documents from es7 into os2', () => {
  const index = `rfs-weather-${process.pid}`
  const target = rigs.os2.url
  let repository = ''
  let truth: string[] = []
  const mappings = { dynamic: false, properties: { n: { type: 'long' } } }
  const settings = { number_of_shards: 2, number_of_replicas: 0 }
  const config = (plan: object = {}, endpoint = target) => {
    return { repository: { type: 'fs', path: repository }, snapshot: 'snap', target: { endpoint }, plan }
  }
  const assignmentOf = (plan: object, endpoint = target) => {
    const { repository: from, snapshot } = config()
    const cluster = { role: 'target', endpoint, credentials: { type: 'none' } }
    const run = { id: 'r1', sessionId: 's1' }
    const full = v.parse(BackfillPlan, plan) as BackfillPlan & { rateLimit: null }
    return {
      run,
      repository: from,
      snapshot,
      plan: full,
      target: cluster,
      written: [],
      retry: null,
      expiresAt: null as string | null,
    }
  }
  const remake = async (properties: object = mappings.properties, url = target) => {
    await fetch(`${url}/${index}`, { method: 'DELETE' })
    await ask(url, 'PUT', `/${index}`, { settings, mappings: { ...mappings, properties } })
  }

  beforeAll(async () => {
    const engine = await openEngine(rigs.es7)
    const source = new TruthIndex(engine, index)
    await source.create({ number_of_shards: 2 }, {}, { dynamic: false })
    for (let at = 0; at < COUNT; at += 1_000)
      await source.bulk(
        Array.from({ length: 1_000 }, (_, i) => {
          const n = (at + i) % 100 === 7 ? '"seven"' : at + i
          return { id: `d${at + i}`, body: `{"n":${n},"t":"${noise(at + i, 900)}"}` }
        }),
      )
    await source.flush()
    truth = source.lines().map((line) => line.slice(line.indexOf('|') + 1))
    repository = await takeSnapshot(engine, [index])
    await ask(rigs.es7.url, 'DELETE', `/${index}`)
  })
  afterAll(async () => {
    await fetch(`${target}/${index}`, { method: 'DELETE' })
  })

  test('a missing target index is named before anything is written, and never created', async () => {
    await fetch(`${target}/${index}`, { method: 'DELETE' })

    const { code, lines } = await load(config())

    expect(code).toBe(1)
    expect(lines.at(-1)).toMatchObject({ type: 'error', code: 'target_index_missing' })
    expect((await fetch(`${target}/${index}`)).status).toBe(404)
  })

  test('documents that the target refuses are kept with their cause, and grouped', async () => {
    await remake()

    const { code, lines, failed, issues } = await load(config())

    expect(code).toBe(1)
    expect(failed).toHaveLength(60)
    expect(failed[0]).toMatchObject({ index, errorType: 'mapper_parsing_exception', status: 400 })
    expect(failed.map(({ source }) => JSON.parse(String(source)).n)).toEqual(Array(60).fill('seven'))
    expect(new Set(issues.map(({ scope }) => scope)).size).toBe(1)
    expect(issues.at(-1)).toMatchObject({ code: 'documents_rejected', evidence: { documents: 60 } })
    expect(lines.at(-1)).toMatchObject({
      agree: true,
      indexes: [{ count: COUNT - 60, accounting: { expected: COUNT, written: COUNT - 60, rejected: 60 } }],
    })
  })

  test('a target that holds documents of others is refused; they are skipped or overwritten on request', async () => {
    await remake({ n: { type: 'keyword' } })
    await ask(target, 'PUT', `/${index}/_doc/d1?refresh=true`, { mine: true })

    const refused = await load(config())
    expect(refused.lines.at(-1)).toMatchObject({ type: 'error', code: 'target_not_empty' })
    expect(await ask(target, 'GET', `/${index}/_count`)).toMatchObject({ count: 1 })

    const skipped = await load(config({ existing: 'skip' }))
    expect(skipped.lines.at(-1)).toMatchObject({
      agree: true,
      indexes: [{ accounting: { written: COUNT - 1, skipped: 1 } }],
    })
    expect(await ask(target, 'GET', `/${index}/_source/d1`)).toEqual({ mine: true })

    const overwritten = await load(config({ existing: 'overwrite' }))
    expect(overwritten).toMatchObject({ code: 0 })
    expect(await targetLines(target, index)).toEqual(truth)
  })

  test('a trial moves some documents of each shard into an index of its own', async () => {
    await remake({ n: { type: 'keyword' } })

    const { code, lines } = await load(config({ trial: { documentsPerShard: 5, indexPrefix: 'trial-' } }))

    expect(code).toBe(0)
    expect(lines.at(-1)).toMatchObject({ indexes: [{ targetName: `trial-${index}`, count: 10 }] })
    expect(await ask(target, 'GET', `/${index}/_count`)).toMatchObject({ count: 0 })
    await ask(target, 'DELETE', `/trial-${index}`)
  })

  test('a transform changes documents and keeps the numbers that it does not touch', async () => {
    await remake({ n: { type: 'keyword' } })
    const code = '(item) => item.source.n % 2 ? null : { ...item, source: { n: item.source.n, seen: true } }'

    const result = await load(config({ transforms: [{ name: 'half', code }] }))

    expect(result.code).toBe(0)
    expect(result.lines.at(-1)).toMatchObject({ indexes: [{ count: 3_060, accounting: { skipped: 2_940 } }] })
    expect(await ask(target, 'GET', `/${index}/_source/d2`)).toEqual({ n: 2, seen: true })
  })

  test('a worker that is killed costs seconds, and the next one goes on from its checkpoint', async () => {
    await remake({ n: { type: 'keyword' } })
    const limited = { batchBytes: 65_536, rateLimit: { documents: 400 } }
    const plane = await controlPlane(assignmentOf(limited))
    expect(await plane.start('plan').ended).toEqual({ code: 0, signal: null })

    const first = plane.start('work')
    while (plane.written() < 1_000) await sleep(100)
    first.child.kill('SIGKILL')
    await first.ended
    const checkpointed = plane.written()
    // Nobody waits thirty seconds for the dead here.
    for (const item of plane.workItems.items.values()) item.leaseExpiresAt = 0
    plane.workItems.knobs = { ...plane.workItems.knobs, rateLimit: null }

    expect(await plane.start('work').ended).toEqual({ code: 0, signal: null })
    expect(plane.leases.some(({ epoch, doc }) => epoch === 2 && doc !== null && doc > 0)).toBe(true)
    expect(checkpointed).toBeGreaterThanOrEqual(1_000)
    expect(plane.written()).toBe(COUNT)
    expect(await targetLines(target, index)).toEqual(truth)

    expect(await plane.start('verify').ended).toEqual({ code: 0, signal: null })
    expect(plane.results.at(-1)).toMatchObject({
      step: 'verify',
      result: { indexes: [{ name: index, count: COUNT }] },
    })
    plane.stop()
  })

  test('a worker that is asked to stop, whose supervisor goes or whose keys run out gives its items back where they stand', async () => {
    await remake({ n: { type: 'keyword' } })
    const assignment = assignmentOf({ batchBytes: 65_536, rateLimit: { documents: 200 } })
    const plane = await controlPlane(assignment)
    expect(await plane.start('plan').ended).toEqual({ code: 0, signal: null })

    for (const end of ['SIGTERM', 'stdin', 'keys'] as const) {
      const [before, leases] = [plane.written(), plane.leases.length]
      // Half of what they are good for, because that is little.
      if (end === 'keys') assignment.expiresAt = new Date(Date.now() + 5_000).toISOString()
      const worker = plane.start('work')
      while (end !== 'keys' && plane.written() <= before) await sleep(100)
      if (end === 'stdin') worker.child.stdin.end()
      else if (end === 'SIGTERM') worker.child.kill('SIGTERM')
      expect(await worker.ended, JSON.stringify(plane.results)).toEqual({ code: 3, signal: null })
      expect(plane.leases.length).toBeGreaterThan(leases)
      expect([...plane.workItems.items.values()].filter(({ state }) => state === 'leased')).toEqual([])
    }

    await ask(target, 'POST', `/${index}/_refresh`)
    expect(await ask(target, 'GET', `/${index}/_count`)).toMatchObject({ count: plane.written() })
    plane.stop()
  })

  test('a control plane that is away for a while stops nobody', async () => {
    await remake({ n: { type: 'keyword' } })
    const plane = await controlPlane(assignmentOf({ batchBytes: 65_536, rateLimit: { documents: 700 } }))
    expect(await plane.start('plan').ended).toEqual({ code: 0, signal: null })
    const worker = plane.start('work')
    while (plane.written() === 0) await sleep(100)

    plane.leave()
    await sleep(7_000)
    plane.back()

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    expect(plane.leases.every(({ epoch }) => epoch === 1)).toBe(true)
    expect(await targetLines(target, index)).toEqual(truth)
    plane.stop()
  })

  test.skipIf(!hasTime('a target that restarts'))(
    'a target that restarts in the middle is waited for',
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'rfs-target-'))
      const first = await startEngine('os2', { dataDir })
      await remake({ n: { type: 'keyword' } }, first.url)
      const run = load(config({ batchBytes: 65_536, rateLimit: { documents: 800 } }, first.url))
      for (let count = 0; count < 1_000; await sleep(200)) {
        await ask(first.url, 'POST', `/${index}/_refresh`)
        ;({ count } = await ask<{ count: number }>(first.url, 'GET', `/${index}/_count`))
      }

      await first.stop()
      const second = await startEngine('os2', { dataDir, port: Number(new URL(first.url).port) })
      const { code, lines } = await run

      expect(code).toBe(0)
      const waited = lines.flatMap(({ type, waitingFor }) =>
        type === 'progress' && waitingFor ? [waitingFor] : [],
      )
      expect(JSON.stringify(waited)).toMatch(/target_unreachable|target_red/)
      expect(await targetLines(second.url, index)).toEqual(truth)
      await second.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  )
})

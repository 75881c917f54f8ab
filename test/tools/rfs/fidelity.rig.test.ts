// Snapshots of real engines, loaded into a real OpenSearch and held against the bytes that were indexed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EngineName, hasTime, needs } from '../../rigs/engines.ts'
import { ask, type Document, noise, openEngine, TruthIndex, takeSnapshot } from '../snapshot/source-engine.ts'
import { load, targetLines } from './load.ts'

const sources: EngineName[] = ['es5', 'es6', 'es7', 'es717', 'es8', 'os1', 'os2', 'os3']

/** The two that most users come from are held to more, where there is time. */
const most = hasTime('fidelity of 50,000 documents') ? 50_000 : 5_000
const countOf = (name: EngineName) => (name === 'es6' || name === 'es7' ? most : 5_000)

for (const name of sources) {
  const rigs = await needs(name, 'os2')
  describe.skipIf(!rigs.available || rigs[name].repo === '')(
    `${countOf(name)} documents of ${name} loaded into os2`,
    () => {
      const index = `rfs-${name}-${process.pid}`
      const target = rigs.os2.url
      let repository = ''
      let truth: string[] = []

      beforeAll(async () => {
        const engine = await openEngine(rigs[name])
        const source = new TruthIndex(engine, index)
        const properties = {
          n: { type: 'long' },
          lines: { type: 'nested', properties: { q: { type: 'double' } } },
          text: { type: 'keyword' },
        }
        await source.create({ number_of_shards: 3 }, properties, { dynamic: false })
        const size = countOf(name) / 10
        for (let batch = 0; batch < 10; batch++) {
          await source.bulk(Array.from({ length: size }, (_, i) => aDocument(batch * size + i)))
          if (batch > 2)
            await source.bulk(Array.from({ length: 60 }, (_, i) => aDocument(i * 3, `again ${batch}`)))
          await source.refresh()
        }
        await source.remove(
          Array.from({ length: 200 }, (_, i) => `id-${i * 7 + ((i * 7) % 5 === 0 ? 1 : 0)}`),
        )
        await source.put({ id: 'pretty', body: '{\n  "n" : 1,\n  "text" : "a\\nb"\n}\n' })
        await source.flush()
        truth = source.lines().map((line) => line.slice(line.indexOf('|') + 1))
        repository = await takeSnapshot(engine, [index])
        await ask(rigs[name].url, 'DELETE', `/${index}`)
        await ask(target, 'PUT', `/${index}`, {
          settings: { number_of_shards: 2, number_of_replicas: 0, refresh_interval: '5s' },
          mappings: { properties, dynamic: false },
        })
      })
      afterAll(async () => {
        await ask(target, 'DELETE', `/${index}`)
      })

      test('every live document arrives with its id, routing and bytes, and the counts agree', async () => {
        const { code, lines } = await load({
          repository: { type: 'fs', path: repository },
          snapshot: 'snap',
          target: { endpoint: target },
          plan: { batchBytes: 65_536, tuneTarget: true, selection: { include: [index] } },
        })

        const told = lines.filter(({ type }) => ['error', 'failed', 'issue', 'log'].includes(type))
        expect(told.filter(({ code, level }) => code !== 'target_tuned' && level !== 'info')).toEqual([])
        const found = await targetLines(target, index)
        const pretty = (line: string) => line.startsWith('pretty|')
        const [there, wanted] = [new Set(found), new Set(truth)]
        expect(truth.filter((line) => !there.has(line) && !pretty(line)).slice(0, 5)).toEqual([])
        expect(found.filter((line) => !wanted.has(line) && !pretty(line)).slice(0, 5)).toEqual([])
        expect(found).toHaveLength(truth.length)
        expect(await ask(target, 'GET', `/${index}/_source/pretty`)).toEqual({ n: 1, text: 'a\nb' })
        expect(lines.at(-1)).toMatchObject({
          type: 'result',
          agree: true,
          indexes: [
            { name: index, count: truth.length, accounting: { expected: truth.length, rejected: 0 } },
          ],
        })
        expect(code).toBe(0)
      })

      test('the settings of the target are what they were', async () => {
        const settings = await ask<Record<string, unknown>>(
          target,
          'GET',
          `/${index}/_settings?flat_settings`,
        )
        const mapping = await ask(target, 'GET', `/${index}/_mapping`)

        expect(settings[index]).toMatchObject({
          settings: { 'index.refresh_interval': '5s', 'index.number_of_replicas': '0' },
        })
        expect(JSON.stringify(mapping)).not.toContain('migration_assistant')
      })
    },
  )
}

/** Numbers that a parser would change, text of every kind, nested lists, and routing for every fifth. */
function aDocument(i: number, note = 'first'): Document {
  const body = `{"n":${i},"price":${i}.10,"big":${9007199254740993n + BigInt(i)},"e":1E3,"text":${JSON.stringify(
    `${note} "é🦊\n\t\\ ${noise(i, 20 + (i % 400))}`,
  )},"lines":[{"q":1},{"q":2.50}]}`
  return { id: `id-${i}`, body, ...(i % 5 === 0 ? { routing: `r/${i % 7}` } : {}) }
}

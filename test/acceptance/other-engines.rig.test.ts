// The same path between the other versions: a small library, with what is particular to each version, arrives whole.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { byPlace, differences, readMetadata, withoutTypes } from './compare.ts'
import { cluster, givenSession, listItems, moveMetadata, startUser, type User } from './journey.ts'
import { type Pair, pairs, prefix } from './library.ts'
import { putAll } from './reach.ts'

for (const pair of pairs) {
  const rigs = await needs(pair.source, pair.target)
  describe.skipIf(!rigs.available)(`a library on ${pair.source} moved to ${pair.target}`, () => {
    const [source, target] = [rigs[pair.source], rigs[pair.target]]
    const isOurs = (name: string) => name.startsWith(prefix)
    let user: User & { close(): Promise<void> }

    beforeAll(async () => {
      await Promise.all([wipe(source, prefix), wipe(target, prefix)])
      await putAll(source, pair.objects)
      user = await startUser()
      const only = { include: [`${prefix}-*`] }
      await givenSession(user, 'library', {
        source: cluster(source.url),
        target: cluster(target.url),
        selection: only,
        metadata: { templates: only, componentTemplates: only, pipelines: { include: [] }, allowEmpty: true },
      })
    })
    afterAll(async () => {
      await user?.close()
      await Promise.all([wipe(source, prefix), wipe(target, prefix)])
    })

    test('can be moved, says the evaluation, and writes nothing', async () => {
      expect(await moveMetadata(user, 'library', { dryRun: true })).toMatchObject({
        status: 'Completed',
        items: { failed: 0 },
      })
      expect([...(await readMetadata(target, isOurs)).keys()]).toEqual([])
    })

    test('arrives whole, but for what is stated', async () => {
      const status = await moveMetadata(user, 'library', { dryRun: false })

      expect(status).toMatchObject({ status: 'Completed', items: { failed: 0 } })
      const before = await readMetadata(source, isOurs)
      const wanted = pair.source === 'es5' ? withoutTypes(before) : before
      expect(differences(wanted, await readMetadata(target, isOurs))).toEqual(expectedOf(pair))
    })

    test('changes nothing when it is migrated again', async () => {
      const status = await moveMetadata(user, 'library', { dryRun: false })

      const items = await listItems(user, status.run.id)
      const acted = items.filter(({ detail }) => detail.action !== 'skip')
      expect(acted.length).toBeGreaterThanOrEqual(pair.objects.length)
      expect(acted.map(({ name, detail }) => [name, detail.action])).toEqual(
        acted.map(({ name }) => [name, 'unchanged']),
      )
    })
  })
}

function expectedOf({ objects, expected }: Pair) {
  const stated = Object.entries(expected).flatMap(([object, changes]) =>
    changes.map((change) => ({ object, ...change })),
  )
  const indexes = objects.map(([path]) => path.slice(1)).filter((name) => !name.includes('/'))
  const replication = indexes.map((name) => ({
    object: `index ${name}`,
    path: 'settings.index.replication.type',
    target: 'DOCUMENT',
  }))
  return [...stated, ...replication].sort(byPlace)
}

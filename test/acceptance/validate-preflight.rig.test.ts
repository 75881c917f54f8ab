// Preflight on real engines: what would go wrong tonight, each with a name, before anything is moved.
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { ask } from '../tools/snapshot/source-engine.ts'
import { fillShelf, givenShelf, newName, takeSnapshot } from './backfill-journey.ts'
import { type OwnUser, startUser } from './journey.ts'
import { checkOf, idsAt, validationOf } from './validate-journey.ts'

const rigs = await needs('es7', 'os2')

describe.skipIf(!rigs.available)('preflight from Elasticsearch 7.10.2 to OpenSearch 2.19', () => {
  const index = newName('tonight')
  const selection = { include: [`${index}*`] }
  const ends = { source: rigs.es7, target: rigs.os2 }
  let user: OwnUser

  beforeAll(async () => {
    await fillShelf(rigs.es7, index, 500)
    user = await startUser({ MA_REPOSITORY_ROOTS: rigs.es7.repo })
  })
  afterAll(async () => {
    await user?.close()
    await Promise.all([wipe(rigs.es7, index), wipe(rigs.os2, index)])
  })

  test('a session that is ready passes every question, and nothing is left behind on either side', async () => {
    const session = newName('ready')
    await givenShelf(user, session, ends, join(rigs.es7.repo, session))

    const ready = await validationOf(user, session).whole(['preflight'], { selection })

    expect(idsAt(ready, 'fail')).toEqual([])
    expect(idsAt(ready, 'unknown')).toEqual([])
    expect(ready.status.status).toBe('Completed')
    for (const id of [
      'preflight.source_connection',
      'preflight.target_connection',
      'preflight.versions',
      'preflight.source_clock',
      'preflight.target_clock',
      'preflight.target_permissions',
      'preflight.source_permissions',
      'preflight.repository_source',
      'preflight.repository_workers',
      'preflight.target_disk',
      'preflight.target_shards',
      'preflight.target_watermarks',
      'preflight.largest_shard',
      'preflight.target_conflicts',
      'preflight.write_indexes',
      'preflight.metadata',
      'preflight.not_migrated',
    ])
      expect(checkOf(ready, id), id).toBeDefined()
    expect(checkOf(ready, 'preflight.snapshot_state')).toMatchObject({ status: 'skipped' })
    const left = await Promise.all(
      [rigs.es7.url, rigs.os2.url].map((url) =>
        fetch(`${url}/_cat/indices/migration-assistant-preflight-*?expand_wildcards=all`).then((r) =>
          r.text(),
        ),
      ),
    )
    expect(left.join('').trim()).toBe('')
    expect(
      Object.keys(await ask<object>(rigs.es7.url, 'GET', '/_snapshot')).filter((name) =>
        name.includes('preflight'),
      ),
    ).toEqual([])
  })

  test('a source that is not kept, a setting that cannot go, a format of tomorrow and a snapshot cut short are each named', async () => {
    const session = newName('not-ready')
    const path = join(rigs.es7.repo, session)
    await ask(rigs.es7.url, 'PUT', `/${index}-blind`, {
      mappings: { _source: { enabled: false } },
      settings: { number_of_shards: 1, number_of_replicas: 0 },
    })
    await ask(rigs.es7.url, 'PUT', `/${index}-blind/_doc/1?refresh=true`, { n: 1 })
    // OpenSearch keeps deletes softly always, and has no such setting.
    await ask(rigs.es7.url, 'PUT', `/${index}-odd`, {
      settings: {
        number_of_shards: 1,
        number_of_replicas: 0,
        analysis: { analyzer: { far: { type: 'custom', tokenizer: 'standard', filter: ['lowercase'] } } },
        index: { soft_deletes: { enabled: false } },
      },
    })
    await ask(rigs.es7.url, 'PUT', `/${index}-coded`, {
      settings: { number_of_shards: 1, number_of_replicas: 0 },
    })
    await ask(rigs.es7.url, 'PUT', `/${index}-coded/_doc/1?refresh=true`, { n: 1 })
    await givenShelf(user, session, ends, path)
    await takeSnapshot(user, session, [`${index}*`])
    await damage(path)
    await writeAsTomorrow(path, `${index}-coded`)

    const bad = await validationOf(user, session).whole(['preflight'], { selection })

    expect(bad.status.status).toBe('CompletedWithErrors')
    expect(checkOf(bad, 'preflight.source_kept', `index:${index}-blind`)).toMatchObject({
      status: 'fail',
      evidence: { kind: 'disabled' },
    })
    expect(checkOf(bad, 'preflight.snapshot_codecs', `index:${index}-coded`)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('Lucene97StoredFields'),
      evidence: { code: 'codec_unknown' },
    })
    expect(idsAt(bad, 'fail').filter((name) => name.startsWith('preflight.snapshot_files'))).toEqual([
      `preflight.snapshot_files index:${index}`,
    ])
    const { evidence } = checkOf(bad, 'preflight.metadata', `index:${index}-odd`)
    expect(evidence.changes).toContainEqual(
      expect.objectContaining({ change: 'removed', path: expect.stringContaining('soft_deletes') }),
    )
    for (const { status, remedy } of bad.checks) if (status === 'fail') expect(remedy).toBeTruthy()
  })

  test('a target that does not answer is named once, and what leans on it is unknown', async () => {
    const session = newName('away')
    await givenShelf(
      user,
      session,
      { ...ends, target: { ...rigs.os2, url: 'http://127.0.0.1:9' } },
      join(rigs.es7.repo, session),
    )

    const away = await validationOf(user, session).whole(['preflight', 'counts'], { selection })

    expect(away.status.status).toBe('CompletedWithErrors')
    expect(checkOf(away, 'preflight.target_connection')).toMatchObject({ status: 'fail' })
    expect(checkOf(away, 'counts')).toMatchObject({ status: 'unknown' })
    expect(idsAt(away, 'pass').filter((id) => id.includes('target'))).toEqual([])
  })
})

/** Names a format that no reader has in the stored fields of an index, where a newer Lucene would name its own. */
async function writeAsTomorrow(path: string, index: string): Promise<void> {
  const roots = (await readdir(path)).filter((name) => /^index-\d+$/.test(name)).sort()
  const { indices } = JSON.parse(await readFile(join(path, roots.at(-1) ?? ''), 'utf8'))
  const folder = join(path, 'indices', indices[index].id, '0')
  let renamed = 0
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name))
    const at = bytes.indexOf('Lucene87StoredFields')
    if (!name.startsWith('__') || at < 0) continue
    bytes.write('Lucene97StoredFields', at)
    await writeFile(join(folder, name), bytes)
    renamed++
  }
  expect(renamed).toBe(1)
}

/** Cuts the largest blob of the repository short. */
async function damage(path: string): Promise<void> {
  const files = (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.startsWith('__'))
    .map((entry) => join(entry.parentPath, entry.name))
  const sizes = await Promise.all(files.map(async (file) => ({ file, size: (await stat(file)).size })))
  const [largest] = sizes.sort((a, b) => b.size - a.size)
  if (largest) await truncate(largest.file, largest.size - 20)
}

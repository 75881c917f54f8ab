import { expect, test } from 'vitest'
import type { LuceneFile } from '../../../tools/lucene/lucene-file.ts'
import { openShard, type ShardReadOptions } from '../../../tools/lucene/shard.ts'
import { changed, folder, sourceOf } from './folder.ts'

const kinds = ['os29_zstd', 'os29_zstd_no_dict', 'lucene86']

/** Every tenth of 400 documents was replaced by one without an id. */
const living = Array.from({ length: 400 }, (_, i) => i).filter((i) => i % 10 !== 0)

async function read(files: Map<string, LuceneFile>, options: Partial<ShardReadOptions> = {}) {
  const shard = await openShard(files)
  const found: { id: string; source: string | null; format: string; length: number }[] = []
  let nested = 0
  let deleted = 0
  for (const { name } of shard.segments)
    for await (const batch of shard.documents({ segment: name, ...options })) {
      nested += batch.nested
      deleted += batch.deleted
      for (const { id, source, sourceFormat, sourceLength } of batch.documents)
        found.push({
          id,
          source: source && Buffer.from(source).toString(),
          format: sourceFormat,
          length: sourceLength,
        })
    }
  return { found, nested, deleted }
}

test.each(kinds)('%s: every live document comes with its bytes', async (kind) => {
  const { found, nested, deleted } = await read(folder(kind))

  expect(found.map(({ id }) => id)).toEqual(living.map((i) => `d${i}`))
  expect(found.map(({ source }) => source)).toEqual(living.map(sourceOf))
  expect({ nested, deleted }).toEqual({ nested: 40, deleted: 40 })
})

test.each(kinds)('%s: ranges cover the shard once, whatever their size', async (kind) => {
  const shard = await openShard(folder(kind))

  for (const size of [1, 3_000, 1e9]) {
    const ids: string[] = []
    for (const range of await shard.ranges(size))
      for await (const batch of shard.documents(range)) for (const { id } of batch.documents) ids.push(id)
    expect(ids).toEqual(living.map((i) => `d${i}`))
  }
})

test.each(kinds)('%s: reading resumes at any document', async (kind) => {
  const shard = await openShard(folder(kind))

  for (const from of [1, 127, 199, 200, 201, 399]) {
    const ids: string[] = []
    let next = from
    for await (const batch of shard.documents({ segment: '_0', from, to: 400 })) {
      expect(batch.from).toBe(next)
      next = batch.to
      for (const { id } of batch.documents) ids.push(id)
    }
    expect(next).toBe(400)
    expect(ids).toEqual(living.filter((i) => i >= from).map((i) => `d${i}`))
  }
})

test.each(
  kinds.flatMap(
    (kind) =>
      [
        [kind, 50_000],
        [kind, 150_000],
      ] as const,
  ),
)(
  '%s: with a limit of %d bytes only the document over it lacks its source',
  async (kind, maxDocumentBytes) => {
    const { found, nested, deleted } = await read(folder(kind), { maxDocumentBytes })

    expect(found.map(({ id }) => id)).toEqual(living.map((i) => `d${i}`))
    expect(found.filter(({ format }) => format === 'too_large')).toEqual([
      { id: 'd201', source: null, format: 'too_large', length: sourceOf(201).length },
    ])
    expect(found.filter(({ id }) => id !== 'd201').map(({ source }) => source)).toEqual(
      living.filter((i) => i !== 201).map(sourceOf),
    )
    expect({ nested, deleted }).toEqual({ nested: 40, deleted: 40 })
  },
)

test.each(['_0.fdt', '_0.fdm', '_0_1_Lucene90_0.dvd', '_0_1.fnm', '_0.si', 'segments_2'])(
  'a flipped bit in %s is found',
  async (name) => {
    const files = folder('os29_zstd')
    const bytes = await whole(files, name)

    for (const at of [30, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const flip = (copy: Uint8Array) => copy.with(at, (copy[at] ?? 0) ^ 4)
      await expect(read(changed(files, name, flip, bytes))).rejects.toMatchObject({
        name: 'RepositoryError',
        file: expect.any(String),
      })
    }
  },
)

test.each(['_0.fdt', '_0.si', 'segments_2'])('%s cut short is found', async (name) => {
  const files = folder('os29_zstd')
  const bytes = await whole(files, name)

  for (const length of [0, 10, bytes.length - 17, bytes.length - 1])
    await expect(read(changed(files, name, (copy) => copy.slice(0, length), bytes))).rejects.toMatchObject({
      name: 'RepositoryError',
    })
})

test('a part of a damaged segment is refused, for its checksum is read first', async () => {
  const files = folder('lucene86')
  const bytes = await whole(files, '_0.fdt')
  const flipped = changed(
    files,
    '_0.fdt',
    (copy) => copy.with(copy.length - 30, (copy.at(-30) ?? 0) ^ 1),
    bytes,
  )

  await expect(read(flipped, { from: 0, to: 5 })).rejects.toMatchObject({
    code: 'checksum_mismatch',
    place: { segment: '_0' },
  })
})

test('an unknown format is named with its segment before any document', async () => {
  const files = folder('os29_zstd')
  const bytes = await whole(files, '_0.fdt')
  const renamed = changed(
    files,
    '_0.fdt',
    (copy) => {
      const text = Buffer.from(copy)
      text.write('CustomStoredFieldsQatd', 5, 'latin1')
      return text
    },
    bytes,
  )

  await expect(openShard(renamed)).rejects.toMatchObject({
    code: 'codec_unknown',
    found: 'CustomStoredFieldsQatd',
    place: { segment: '_0' },
  })
})

test('a file of another segment is refused', async () => {
  const files = folder('os29_zstd')
  const other = await whole(folder('os29_zstd_no_dict'), '_0.si')

  await expect(openShard(changed(files, '_0.si', () => other, other))).rejects.toMatchObject({
    code: 'corrupt',
    file: '_0.si',
  })
})

test('a missing file is named', async () => {
  const files = folder('os29_zstd')
  files.delete('_0.fdt')

  await expect(openShard(files)).rejects.toMatchObject({ code: 'blob_missing', file: '_0.fdt' })
})

test('reading stops when it is told to', async () => {
  const stop = new AbortController()
  const shard = await openShard(folder('lucene86'))
  const reading = async () => {
    for await (const batch of shard.documents({ segment: '_0', signal: stop.signal }))
      if (batch.to > 0) stop.abort()
  }

  await expect(reading()).rejects.toMatchObject({ code: 'stopped' })
})

async function whole(files: Map<string, LuceneFile>, name: string): Promise<Uint8Array> {
  const file = files.get(name)
  if (!file) throw new Error(`the fixture has no ${name}`)
  return file.read(0, file.length)
}

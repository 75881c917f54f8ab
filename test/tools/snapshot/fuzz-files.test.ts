// Every kind of file of a shard, and every description of a snapshot, with bytes changed and a checksum that says they
// are right: an error, or all the documents. Never a crash, a hang, or fewer of them in silence.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryFile, type ShardFiles } from '../../../tools/lucene/lucene-file.ts'
import { RepositoryError } from '../../../tools/lucene/repository-error.ts'
import { openShard } from '../../../tools/lucene/shard.ts'
import { decodeId, splitUid } from '../../../tools/lucene/uid.ts'
import { type BlobCodec, decodeBlob } from '../../../tools/snapshot/blob-codec.ts'
import { openFolder } from '../../../tools/snapshot/fs-blobs.ts'
import { parseIndexMetadata } from '../../../tools/snapshot/index-metadata.ts'
import { openRepository } from '../../../tools/snapshot/repository.ts'
import { parseShardSnapshot } from '../../../tools/snapshot/shard-snapshot.ts'
import { parseSnapshotInfo } from '../../../tools/snapshot/snapshot-info.ts'

const fixtures = join(import.meta.dirname, 'fixtures')

type Change = [at: number, value: number]
const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
  minLength: 1,
  maxLength: 4,
})

/** Changes bytes before the footer, and writes the checksum that belongs to them. */
function spoil(bytes: Uint8Array, list: Change[]): Buffer {
  const copy = Buffer.from(bytes)
  for (const [at, value] of list) copy[Math.floor(at * (copy.length - 16))] = value
  copy.writeUInt32BE(crc32(copy.subarray(0, -8)), copy.length - 4)
  return copy
}

async function countDocuments(files: ShardFiles): Promise<number> {
  const shard = await openShard(files, { nested: true })
  let seen = 0
  for (const { name } of shard.segments)
    for await (const { documents } of shard.documents({ segment: name })) seen += documents.length
  return seen
}

/** Every shard of a fixture's first snapshot. */
async function shardsOf(name: string): Promise<ShardFiles[]> {
  const repository = await openRepository(await openFolder(join(fixtures, name)))
  const snapshot = await repository.snapshot(repository.snapshots[0]?.name ?? '')
  const shards: ShardFiles[] = []
  for (const index of snapshot.indices) {
    const { shards: count } = await repository.indexMetadata(snapshot, index)
    for (let shard = 0; shard < count; shard++)
      shards.push(await repository.shardFiles(snapshot, index, shard))
  }
  return shards
}

const kinds = ['segments', 'si', 'fnm', 'cfe', 'liv', 'fdx', 'fdm', 'dvm', 'dvd']
const kindOf = (file: string) =>
  file.startsWith('segments') ? 'segments' : file.slice(file.lastIndexOf('.') + 1)

test.each(['made_es5', 'made_es6', 'made_es7', 'made_es8', 'made_os3'])(
  '%s: files of each kind',
  async (name) => {
    const met = new Set<string>()
    for (const files of await shardsOf(name)) {
      const expected = await countDocuments(files)
      for (const [file, { read, length }] of files) {
        const kind = kindOf(file)
        if (!kinds.includes(kind) || met.has(kind)) continue
        met.add(kind)
        const bytes = await read(0, length)
        await fc.assert(
          fc.asyncProperty(changes, async (list) => {
            const changed = new Map(files).set(file, memoryFile(file, spoil(bytes, list)))
            const seen = await countDocuments(changed).catch((error: unknown) => {
              expect(error, `${file}: ${String(error)}`).toBeInstanceOf(RepositoryError)
              return expected
            })
            expect(seen, `documents with ${file} changed`).toBe(expected)
          }),
          { numRuns: 25 },
        )
      }
    }
    expect(met.size).toBeGreaterThan(3)
  },
  60_000,
)

function survive(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(RepositoryError)
  }
}

const folder = join(fixtures, 'ES_7_10_Single')
const shard = 'indices/TKzEIy9ASTq-FuWhogYPHw/0/'
const blobs: [file: string, codec: BlobCodec, parse: (body: unknown) => unknown][] = [
  ['snap-7_1RHMshSc6c0cuzX1NCDg.dat', 'snapshot', (body) => parseSnapshotInfo('f', body, 'u')],
  ['meta-7_1RHMshSc6c0cuzX1NCDg.dat', 'metadata', (body) => body],
  [
    'indices/TKzEIy9ASTq-FuWhogYPHw/meta-e0O-Zo4B5P7rRiUeQFTe.dat',
    'index-metadata',
    (body) => parseIndexMetadata('f', body),
  ],
]

test.each(blobs)('%s', (file, codec, parse) => {
  const bytes = readFileSync(join(folder, file))
  fc.assert(
    fc.property(changes, (list) => survive(() => parse(decodeBlob('f', spoil(bytes, list), codec)))),
    { numRuns: 1_000 },
  )
})

test("the list of a shard's files", async () => {
  const store = await openFolder(folder)
  const bytes = readFileSync(join(folder, shard, 'snap-7_1RHMshSc6c0cuzX1NCDg.dat'))
  fc.assert(
    fc.property(changes, (list) =>
      survive(() => parseShardSnapshot('f', decodeBlob('f', spoil(bytes, list), 'snapshot'), store, shard)),
    ),
    { numRuns: 1_000 },
  )
})

test('ids out of nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.string(), (bytes, text) => {
      expect(typeof decodeId(Buffer.from(bytes), 0, bytes.length)).toBe('string')
      expect(splitUid(text).id.length).toBeLessThanOrEqual(text.length)
    }),
  )
})

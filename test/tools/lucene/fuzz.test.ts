// Bytes that are wrong must end as a RepositoryError or as all the documents: never a crash, a hang or fewer of them.
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteReader } from '../../../tools/lucene/byte-reader.ts'
import { parseCommit } from '../../../tools/lucene/commit.ts'
import { findNumericField } from '../../../tools/lucene/doc-values.ts'
import { parseFieldInfos } from '../../../tools/lucene/field-infos.ts'
import { readIndexedDisi } from '../../../tools/lucene/indexed-disi.ts'
import { decodeLz4 } from '../../../tools/lucene/lz4.ts'
import { readPackedInts, readTransposedInts } from '../../../tools/lucene/packed-ints.ts'
import { RepositoryError } from '../../../tools/lucene/repository-error.ts'
import { parseSegmentInfo } from '../../../tools/lucene/segment-info.ts'
import { openShard } from '../../../tools/lucene/shard.ts'
import { fileOf, folder } from './folder.ts'

/** Changes to a file: bytes overwritten at places given as parts of its length. */
const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
  minLength: 1,
  maxLength: 4,
})

function spoil(bytes: Uint8Array, list: [number, number][]): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (const [at, value] of list) copy[Math.floor(at * (copy.length - 16))] = value
  return copy
}

/** Writes the right checksum into the footer, so that the parsers behind it are reached. */
function seal(bytes: Uint8Array): Uint8Array {
  const sealed = Buffer.from(bytes)
  sealed.writeUInt32BE(crc32(sealed.subarray(0, -8)), sealed.length - 4)
  return sealed
}

/** Runs `work`; anything but a result or a RepositoryError fails the test. */
function survive(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(RepositoryError)
  }
}

async function bytesOf(kind: string, name: string): Promise<Uint8Array> {
  const file = folder(kind).get(name)
  if (!file) throw new Error(`${kind} has no ${name}`)
  return file.read(0, file.length)
}

const id = (bytes: Uint8Array, codecLength: number) => bytes.subarray(9 + codecLength, 25 + codecLength)

test.each(['os29_zstd', 'lucene86'])('%s: the parsers of metadata files', async (kind) => {
  const commit = await bytesOf(kind, 'segments_2')
  const info = await bytesOf(kind, '_0.si')
  const fields = await bytesOf(kind, '_0_1.fnm')
  const format = kind === 'lucene86' ? 'Lucene80' : 'Lucene90'
  const values = await bytesOf(kind, `_0_1_${format}_0.dvm`)
  const known = parseFieldInfos('f', fields, id(fields, 'Lucene90FieldInfos'.length))
  const soft = known.find((field) => field.name === '__soft_deletes')
  if (!soft) throw new Error('the fixture has no soft deletes')

  fc.assert(
    fc.property(changes, (list) => {
      survive(() => parseCommit({ name: 'f' }, spoil(commit, list)))
      survive(() => parseSegmentInfo('f', spoil(info, list), id(info, 'Lucene90SegmentInfo'.length)))
      survive(() => parseFieldInfos('f', spoil(fields, list), id(fields, 'Lucene90FieldInfos'.length)))
      survive(() =>
        findNumericField(
          'f',
          spoil(values, list),
          id(values, 'Lucene90DocValuesMetadata'.length),
          known,
          soft,
        ),
      )
    }),
    { numRuns: 500 },
  )
})

test.each(['os29_zstd', 'os29_zstd_no_dict', 'lucene86'])(
  '%s: stored fields with a valid checksum',
  async (kind) => {
    const fdt = await bytesOf(kind, '_0.fdt')
    const fdx = await bytesOf(kind, '_0.fdx')
    const read = async (name: string, bytes: Uint8Array) => {
      const shard = await openShard(folder(kind).set(name, fileOf(name, seal(bytes))))
      let seen = 0
      const from = name === '_0.fdx' ? 1 : 0
      for await (const batch of shard.documents({ segment: '_0', from }))
        seen += batch.documents.length + batch.nested + batch.deleted
      return seen + from
    }

    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        for (const [name, bytes] of [
          ['_0.fdt', fdt],
          ['_0.fdx', fdx],
        ] as const) {
          const seen = await read(name, spoil(bytes, list)).catch((error: unknown) => {
            expect(error).toBeInstanceOf(RepositoryError)
            return 400
          })
          expect(seen).toBe(400)
        }
      }),
      { numRuns: 60 },
    )
  },
)

test('LZ4 blocks, arrays and lists of documents out of nothing', () => {
  const out = new Uint8Array(1 << 16)
  const ints = new Int32Array(1024)
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(2_000),
      fc.boolean(),
      (bytes, size, littleEndian) => {
        out.fill(7)
        try {
          decodeLz4(bytes, 0, bytes.length, out, 100, 100 + size, 0, 100)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
        expect(out.subarray(0, 100).every((byte) => byte === 7)).toBe(true)
        survive(() => readPackedInts(new ByteReader(bytes, 'f'), ints, 1 + (size % 1024)))
        survive(() => readTransposedInts(new ByteReader(bytes, 'f'), ints, 1 + (size % 1024)))
        survive(() => readIndexedDisi('f', bytes, size, { littleEndian, denseRankPower: 9 }))
      },
    ),
    { numRuns: 2_000 },
  )
})

// A repository of as many shards as are wanted, made of one real shard: every shard's folder is a link to it.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type BlobCodec, decodeBlob } from '../../../tools/snapshot/blob-codec.ts'

const fixture = join(import.meta.dirname, 'fixtures/ES_7_10_Single')
const MODEL = { name: 'posts_2024_01_01', id: 'TKzEIy9ASTq-FuWhogYPHw', meta: 'e0O-Zo4B5P7rRiUeQFTe' }
const SNAPSHOT = { name: 'made', uuid: '7_1RHMshSc6c0cuzX1NCDg' }

export type Made = { path: string; snapshot: string; indexes: string[] }

/** `indexes` indexes of `shards` shards each. */
export function makeRepository(indexes: number, shards: number): Made {
  const path = mkdtempSync(join(tmpdir(), 'made-repository-'))
  cpSync(join(fixture, 'indices', MODEL.id, '0'), join(path, 'shard'), { recursive: true })
  const names = Array.from({ length: indexes }, (_, n) => `made-${String(n).padStart(5, '0')}`)
  const meta = readBlob(join('indices', MODEL.id, `meta-${MODEL.meta}.dat`), 'index-metadata')
  const model = (meta as Record<string, { settings: Record<string, unknown> }>)[MODEL.name] // a real one
  for (const name of names) {
    const folder = join(path, 'indices', `id-${name}`)
    mkdirSync(folder, { recursive: true })
    const settings = { ...model?.settings, 'index.number_of_shards': String(shards) }
    writeBlob(join(folder, `meta-${SNAPSHOT.uuid}.dat`), 'index-metadata', { [name]: { ...model, settings } })
    for (let shard = 0; shard < shards; shard++) symlinkSync(join(path, 'shard'), join(folder, String(shard)))
  }
  const info = readBlob(`snap-${SNAPSHOT.uuid}.dat`, 'snapshot') as { snapshot: object } // a real one
  const snapshot = { ...info.snapshot, name: SNAPSHOT.name, indices: names }
  writeBlob(join(path, `snap-${SNAPSHOT.uuid}.dat`), 'snapshot', { snapshot })
  const index = (name: string) => ({
    id: `id-${name}`,
    snapshots: [SNAPSHOT.uuid],
    shard_generations: Array<string>(shards).fill('made'),
  })
  const table = {
    snapshots: [{ ...SNAPSHOT, state: 1, version: '7.10.2' }],
    indices: Object.fromEntries(names.map((name) => [name, index(name)])),
  }
  writeFileSync(join(path, 'index-0'), JSON.stringify(table))
  return { path, snapshot: SNAPSHOT.name, indexes: names }
}

const readBlob = (file: string, codec: BlobCodec) =>
  decodeBlob(file, readFileSync(join(fixture, file)), codec)

/** Codec header, the body as JSON, and the footer with its checksum. */
function writeBlob(file: string, codec: BlobCodec, body: object): void {
  const head = Buffer.from([0x3f, 0xd7, 0x6c, 0x17, codec.length, ...Buffer.from(codec), 0, 0, 0, 1])
  const footer = Buffer.from([0xc0, 0x28, 0x93, 0xe8, 0, 0, 0, 0, 0, 0, 0, 0])
  const bytes = Buffer.concat([head, Buffer.from(JSON.stringify(body)), footer, Buffer.alloc(4)])
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -8)), bytes.length - 4)
  writeFileSync(file, bytes)
}

// The source side of a comparison over a real segment: what is read in ranges is checked as what is read whole.
import { expect, test } from 'vitest'
import type { LeasedItem } from '../../../shared/domain/work-item.ts'
import { openShard } from '../../../tools/lucene/shard.ts'
import type { TaskSignals } from '../../../tools/rfs/item-run.ts'
import { TokenBucket } from '../../../tools/rfs/token-bucket.ts'
import { Digest } from '../../../tools/validate/digest.ts'
import { SourceTask } from '../../../tools/validate/source-task.ts'
import type { ComparisonWorker } from '../../../tools/validate/worker.ts'
import { changed, folder } from '../lucene/folder.ts'

const SEGMENT = '_0'

/** A segment of which every document is as it was, under a checksum that says otherwise. */
async function aShard(isBroken: boolean) {
  const files = folder('os29_zstd')
  const file = files.get(`${SEGMENT}.fdt`)
  if (!file) throw new Error('the fixture has no .fdt')
  const flip = (bytes: Uint8Array) => {
    const copy = Uint8Array.from(bytes)
    copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
    return copy
  }
  const bytes = await file.read(0, file.length)
  const reader = await openShard(isBroken ? changed(files, `${SEGMENT}.fdt`, flip, bytes) : files)
  const maxDoc = reader.segments.find(({ name }) => name === SEGMENT)?.maxDoc ?? 0
  return { reader, maxDoc }
}

type Shard = Awaited<ReturnType<typeof aShard>>

async function read({ reader }: Shard, from: number, to: number): Promise<Digest> {
  const none = { source: new TokenBucket(), target: new TokenBucket() }
  const shards = { shard: async () => ({ reader, metadata: {} }) }
  const worker = { shards, documents: none, bytes: none, transform: null } as unknown as ComparisonWorker // as far as it looks
  const spec = { index: 'i', targetIndex: 'i', shard: 0, segment: SEGMENT, from, to, side: 'source' }
  const item = { key: 'a', spec, cursor: null, counts: {} } as unknown as LeasedItem
  const signals = { reading: new AbortController().signal } as unknown as TaskSignals
  const task = new SourceTask(worker, item, signals)
  await task.work()
  return Digest.decode(task.result())
}

test('ranges of a segment add up to the digest of the whole', async () => {
  const shard = await aShard(false)
  const { maxDoc } = shard
  const whole = await read(shard, 0, maxDoc)

  const parts = await read(shard, 0, 70)
  parts.merge(await read(shard, 70, maxDoc))

  expect(whole.documents).toBeGreaterThan(100)
  expect(parts.differing(whole)).toEqual([])
})

test('bytes that their checksum does not fit are refused, whole and in ranges: a target filled from them would be equal', async () => {
  const shard = await aShard(true)
  const refused = { code: 'checksum_mismatch', file: `${SEGMENT}.fdt` }

  await expect(read(shard, 0, shard.maxDoc)).rejects.toMatchObject(refused)
  await expect(read(shard, 0, 70)).rejects.toMatchObject(refused)
})

// Documents around the sandbox: read while others are in it, given on in their order, and none of them lost.
import { expect, test } from 'vitest'
import type { StoredDocument } from '../../../tools/lucene/document.ts'
import { DocumentStage, type Staged } from '../../../tools/rfs/stage.ts'
import {
  type DocumentItem,
  type DocumentTransform,
  TRANSFORM_BATCH,
} from '../../../tools/rfs/transform-documents.ts'

/** Settles one batch after the other, when a test says so. */
function givenTransform() {
  const asked: { documents: readonly DocumentItem[]; end(error?: Error): void }[] = []
  const transform: DocumentTransform = {
    apply: (documents) =>
      new Promise((resolve, reject) => {
        const results = documents.map(({ id, source }) => {
          return { kind: 'kept' as const, id, source: Buffer.from(source) }
        })
        asked.push({ documents, end: (error) => (error ? reject(error) : resolve(results)) })
      }),
    close: async () => undefined,
  }
  return { asked, transform }
}

function add(stage: DocumentStage, from: number, to: number): void {
  for (let doc = from; doc < to; doc++) {
    const source = Buffer.from(`{"n":${doc}}`)
    const stored = { doc, id: `id-${doc}`, source, sourceLength: source.length, sourceFormat: 'json' }
    stage.add(stored as StoredDocument, 1_000_000)
  }
}
const docsOf = (staged: Staged[]) => staged.map(({ document }) => document.doc)

test('while a batch is in the sandbox the next is gathered, and both come out in their order', async () => {
  const { asked, transform } = givenTransform()
  const stage = new DocumentStage(transform, 'orders')

  add(stage, 0, TRANSFORM_BATCH)
  expect(stage.isFull).toBe(true)
  expect(await stage.turn()).toEqual([])
  expect(stage.isFull).toBe(false)
  add(stage, TRANSFORM_BATCH, TRANSFORM_BATCH + 3)
  const rest = stage.rest()
  for (const each of asked) each.end()
  await expect.poll(() => asked.length).toBe(2)
  asked[1]?.end()

  expect(docsOf(await rest)).toEqual(Array.from({ length: TRANSFORM_BATCH + 3 }, (_, doc) => doc))
  expect(await stage.rest()).toEqual([])
})

test('a sandbox that breaks is told to who takes what it had, and nothing comes out in its place', async () => {
  const { asked, transform } = givenTransform()
  const stage = new DocumentStage(transform, 'orders')

  add(stage, 0, 2)
  await stage.turn()
  asked[0]?.end(new Error('the sandbox is closed'))

  await expect(stage.turn()).rejects.toThrow('the sandbox is closed')
})

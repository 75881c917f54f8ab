import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RepositoryError } from '../../../tools/lucene/repository-error.ts'
import { decodeBody } from '../../../tools/snapshot/blob-codec.ts'
import { parseRepositoryData } from '../../../tools/snapshot/repository-data.ts'
import { decodeSmile } from '../../../tools/snapshot/smile.ts'
import { parseSnapshotInfo } from '../../../tools/snapshot/snapshot-info.ts'

function survive(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(RepositoryError)
  }
}

const folder = join(import.meta.dirname, 'fixtures', 'ES_7_10_Single')

test('SMILE out of nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(3), (bytes, flags) => {
      survive(() => decodeSmile(Uint8Array.of(0x3a, 0x29, 0x0a, flags, ...bytes), 'f'))
      survive(() => decodeBody('f', bytes))
      survive(() => decodeBody('f', Uint8Array.of(0x44, 0x46, 0x4c, 0, ...bytes)))
    }),
    { numRuns: 1_000 },
  )
})

test('a real snapshot description with bytes changed', () => {
  const blob = readFileSync(join(folder, 'snap-7_1RHMshSc6c0cuzX1NCDg.dat'))
  const body = blob.subarray(blob.indexOf(Buffer.from('3a290a', 'hex')), -16)
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.nat(255), (at, value) => {
      const spoilt = Buffer.from(body)
      spoilt[at] = value
      survive(() => parseSnapshotInfo('f', decodeBody('f', spoilt), 'u'))
    }),
    { numRuns: 1_000 },
  )
})

test('a real table of contents with bytes changed, and JSON of any shape', () => {
  const table = readFileSync(join(folder, 'index-1'))
  fc.assert(
    fc.property(fc.nat(table.length - 1), fc.nat(255), fc.json(), (at, value, json) => {
      const spoilt = Buffer.from(table)
      spoilt[at] = value
      survive(() => parseRepositoryData('index-1', spoilt))
      survive(() => parseRepositoryData('index-1', Buffer.from(json)))
    }),
    { numRuns: 1_000 },
  )
})

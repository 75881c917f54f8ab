// Run by Deno, which can call a C library: decodes the blocks that lz4-blocks.ts has kept with liblz4 and with our own
// decoder, over and over, and prints the fastest time of each in milliseconds.
import { readFileSync } from 'node:fs'
import { decodeLz4 } from '../../tools/lucene/lz4.ts'

type Decode = (
  from: number,
  size: number,
  to: number,
  length: number,
  start: number,
  dictionary: number,
) => number

/** Lucene ends blocks with fewer bytes after the last match than liblz4 wants, unless there is room after them. */
const SLACK = 64

const [file = '', rounds = '5'] = process.argv.slice(2)
const bytes = new Uint8Array(readFileSync(file))
const words = new DataView(bytes.buffer)
const out = new Uint8Array(8 << 20)

function decodeAll(decode: Decode): number {
  const started = performance.now()
  for (let at = 0; at < bytes.length; ) {
    const length = words.getUint32(at, true)
    const dictionary = words.getUint32(at + 4, true)
    const block = words.getUint32(at + 8, true)
    const count = words.getUint32(at + 12, true)
    let from = at + 16 + 4 * count
    for (let i = 0, to = 0; i < count; i++) {
      const size = words.getUint32(at + 16 + 4 * i, true)
      const wanted = i === 0 ? dictionary : Math.min(block, length - to)
      if (decode(from, size, to, wanted, 0, i === 0 ? 0 : dictionary) !== wanted)
        throw new Error('a block is not whole')
      from += size
      to += wanted
    }
    at = from
  }
  return performance.now() - started
}

const ours: Decode = (from, size, to, length, start, dictionary) => {
  const end = decodeLz4(bytes, from, from + size, out, to, to + length, start, dictionary)
  return end === from + size ? length : -1
}

function nativeDecoder(): Decode {
  const { symbols } = openLibrary('liblz4.so.1', {
    LZ4_decompress_safe_usingDict: {
      parameters: ['buffer', 'buffer', 'i32', 'i32', 'buffer', 'i32'],
      result: 'i32',
    },
  })
  return (from, size, to, length, start, dictionary) =>
    symbols.LZ4_decompress_safe_usingDict(
      bytes.subarray(from, from + size),
      out.subarray(to, to + length + SLACK),
      size,
      length + SLACK,
      out.subarray(start, start + dictionary),
      dictionary,
    )
}

type Library = { symbols: Record<'LZ4_decompress_safe_usingDict', (...values: unknown[]) => number> }

/** Deno's own words, which Node's types do not know. */
function openLibrary(name: string, symbols: object): Library {
  const { Deno } = globalThis as unknown as { Deno: { dlopen(name: string, symbols: object): Library } }
  return Deno.dlopen(name, symbols)
}

const native = nativeDecoder()
const times = { ours: [] as number[], native: [] as number[] }
for (let round = 0; round < Number(rounds); round++) {
  times.native.push(decodeAll(native))
  times.ours.push(decodeAll(ours))
}
console.log(JSON.stringify({ oursMs: Math.min(...times.ours), nativeMs: Math.min(...times.native) }))

// SMILE, the binary JSON that snapshot metadata is kept in.
import { ByteReader } from '../lucene/byte-reader.ts'
import { corrupt } from '../lucene/repository-error.ts'
import { readBigDecimal, readBigInteger, readSevenBitBinary, readVint, readZigzag } from './smile-values.ts'

/** Deeper nesting is no metadata anyone wrote. */
const MAX_DEPTH = 500
/** Both tables of back references start over when they are full. */
const MAX_SHARED = 1024
const END_OF_STRING = 0xfc
const END_ARRAY = 0xf9
const END_OBJECT = 0xfb

/**
 * Decodes one SMILE document, header included, to plain values: objects without prototype, arrays, strings, numbers,
 * bigints beyond 2^53, booleans, null, and Uint8Array for binary. Throws `corrupt` or `blob_truncated`.
 */
export function decodeSmile(bytes: Uint8Array, file: string): unknown {
  const reader = new ByteReader(bytes, file)
  if (reader.u8() !== 0x3a || reader.u8() !== 0x29 || reader.u8() !== 0x0a)
    throw corrupt(file, 'it does not begin as SMILE does')
  const flags = reader.u8()
  if (flags >>> 4 !== 0) throw corrupt(file, `SMILE version ${flags >>> 4} is unknown`)
  return new Decoder(reader, (flags & 1) !== 0, (flags & 2) !== 0).value(reader.u8(), 0)
}

class Decoder {
  readonly #reader: ByteReader
  readonly #names: string[] | null
  readonly #strings: string[] | null

  constructor(reader: ByteReader, sharedNames: boolean, sharedStrings: boolean) {
    this.#reader = reader
    this.#names = sharedNames ? [] : null
    this.#strings = sharedStrings ? [] : null
  }

  value(token: number, depth: number): unknown {
    if (depth > MAX_DEPTH) throw corrupt(this.#reader.file, `values are nested deeper than ${MAX_DEPTH}`)
    if (token >= 0xc0 && token <= 0xdf) return zigzag5(token & 31)
    if (token >= 0x40 && token <= 0xbf) return this.#shortString(token)
    if (token >= 0x01 && token <= 0x1f) return this.#reference(this.#strings, token - 1)
    switch (token) {
      case 0xfa:
        return this.#object(depth)
      case 0xf8:
        return this.#array(depth)
      case 0x20:
        return ''
      case 0x21:
        return null
      case 0x22:
        return false
      case 0x23:
        return true
      case 0xe0:
      case 0xe4:
        return this.#longString()
      case 0xec:
      case 0xed:
      case 0xee:
      case 0xef:
        return this.#reference(this.#strings, ((token & 3) << 8) | this.#reader.u8())
      default:
        return this.#scalar(token)
    }
  }

  #scalar(token: number): unknown {
    const reader = this.#reader
    switch (token) {
      case 0x24:
      case 0x25:
        return plain(readZigzag(reader))
      case 0x26:
        return readBigInteger(reader)
      case 0x28:
        return readFloat(reader, 5)
      case 0x29:
        return readFloat(reader, 10)
      case 0x2a:
        return readBigDecimal(reader)
      case 0xe8:
        return readSevenBitBinary(reader)
      case 0xfd:
        return new Uint8Array(reader.slice(readVint(reader)))
      default:
        throw this.#unknown(token)
    }
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = Object.create(null)
    for (;;) {
      const token = this.#reader.u8()
      if (token === END_OBJECT) return object
      const name = this.#name(token)
      object[name] = this.value(this.#reader.u8(), depth + 1)
    }
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = []
    for (let token = this.#reader.u8(); token !== END_ARRAY; token = this.#reader.u8())
      array.push(this.value(token, depth + 1))
    return array
  }

  #name(token: number): string {
    if (token === 0x20) return ''
    if (token >= 0x30 && token <= 0x33)
      return this.#reference(this.#names, ((token & 3) << 8) | this.#reader.u8())
    if (token === 0x34) return this.#longString()
    if (token >= 0x40 && token <= 0x7f) return this.#reference(this.#names, token & 63)
    if (token >= 0x80 && token <= 0xbf) return this.#remember(this.#names, (token & 63) + 1)
    if (token >= 0xc0 && token <= 0xf7) return this.#remember(this.#names, token - 0xc0 + 2)
    throw this.#unknown(token)
  }

  /** Tiny and short strings: ASCII of 1 to 64 bytes, then UTF-8 of 2 to 65. */
  #shortString(token: number): string {
    return this.#remember(this.#strings, token < 0x80 ? token - 0x40 + 1 : token - 0x80 + 2)
  }

  #remember(shared: string[] | null, length: number): string {
    const text = this.#reader.text(this.#reader.slice(length))
    if (shared && length <= 64) {
      if (shared.length === MAX_SHARED) shared.length = 0
      shared.push(text)
    }
    return text
  }

  #reference(shared: string[] | null, index: number): string {
    const text = shared?.[index]
    if (text === undefined) throw corrupt(this.#reader.file, `the shared name ${index} was never given`)
    return text
  }

  #longString(): string {
    const { bytes, pos, end } = this.#reader
    const stop = bytes.indexOf(END_OF_STRING, pos)
    if (stop < 0 || stop >= end) throw corrupt(this.#reader.file, 'a string has no end')
    const text = this.#reader.text(this.#reader.slice(stop - pos))
    this.#reader.skip(1)
    return text
  }

  #unknown(token: number): Error {
    return corrupt(
      this.#reader.file,
      `the byte ${token.toString(16)} at ${this.#reader.pos - 1} means nothing`,
    )
  }
}

function zigzag5(value: number): number {
  return (value >>> 1) ^ -(value & 1)
}

function plain(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** 32 or 64 bits in groups of 7, highest first, after padding. */
function readFloat(reader: ByteReader, groups: 5 | 10): number {
  let bits = 0n
  for (let i = 0; i < groups; i++) bits = (bits << 7n) | BigInt(reader.u8() & 0x7f)
  const view = new DataView(new ArrayBuffer(8))
  if (groups === 5) {
    view.setUint32(0, Number(bits & 0xffffffffn))
    return view.getFloat32(0)
  }
  view.setBigUint64(0, BigInt.asUintN(64, bits))
  return view.getFloat64(0)
}

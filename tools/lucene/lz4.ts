/** A caller's output array must go on for this many bytes after the block: short copies overshoot into it. */
export const LZ4_SLACK = 32

/** Sequences this far from both ends may be copied in whole words, past their own length. */
const MARGIN = 32
/** From this length on a call into the engine is cheaper than a loop. */
const LONG_COPY = 64

/**
 * Decodes one raw LZ4 block (no frame) of exactly `outEnd - outStart` bytes. As in Lucene the last sequence has
 * literals only, and decoding ends when the output is full; an output of no bytes still has its one token.
 *
 * A match that reaches back before `outStart` continues in the preset dictionary `out[dictStart, dictEnd)`, which
 * lies in the same array. Returns the position after the block; throws `RangeError` for bytes that are no such block.
 * Up to `LZ4_SLACK` bytes after `outEnd` may be overwritten where the array has them.
 *
 * One function over 40 lines, because this loop is the reader's speed: everything it touches stays in locals. Each
 * `as number` holds because the index was checked against the end of what is read. Typical sequences are short and
 * of unpredictable length, so they are copied in a fixed number of words, without a loop to mispredict: 2.5 times as
 * fast on text as byte by byte. A bigint that only passes from one view to another is a plain 64-bit register.
 */
export function decodeLz4(
  source: Uint8Array,
  sourceStart: number,
  sourceEnd: number,
  out: Uint8Array,
  outStart: number,
  outEnd: number,
  dictStart = 0,
  dictEnd = 0,
): number {
  const sourceView = new DataView(source.buffer, source.byteOffset, source.byteLength)
  const outView = new DataView(out.buffer, out.byteOffset, out.byteLength)
  const sourceSafe = source.length - MARGIN
  const outSafe = out.length - MARGIN
  let from = sourceStart
  let to = outStart
  for (;;) {
    if (from >= sourceEnd) throw broken('input ends within a sequence')
    const token = source[from++] as number
    let literals = token >>> 4
    if (literals === 15) {
      let more = 255
      while (more === 255) {
        if (from >= sourceEnd) throw broken('input ends within a length')
        more = source[from++] as number
        literals += more
      }
    }
    const literalsEnd = to + literals
    if (literalsEnd > outEnd || from + literals > sourceEnd) throw broken('literals run beyond the end')
    if (literals === 0) {
      // The most frequent case in text: one match follows the other.
    } else if (literals <= 16 && from <= sourceSafe && to <= outSafe) {
      outView.setBigInt64(to, sourceView.getBigInt64(from, true), true)
      if (literals > 8) outView.setBigInt64(to + 8, sourceView.getBigInt64(from + 8, true), true)
      from += literals
      to = literalsEnd
    } else if (literals < LONG_COPY) while (to < literalsEnd) out[to++] = source[from++] as number
    else {
      out.set(source.subarray(from, from + literals), to)
      from += literals
      to = literalsEnd
    }
    if (to === outEnd) return from

    if (from + 2 > sourceEnd) throw broken('input ends within an offset')
    const offset = (source[from] as number) | ((source[from + 1] as number) << 8)
    from += 2
    let length = (token & 15) + 4
    let match = to - offset
    if (length !== 19 && offset >= 8 && match >= outStart && to <= outSafe) {
      // 4 to 18 bytes, each word read after the one before was written, so overlaps of 8 and more hold.
      outView.setBigInt64(to, outView.getBigInt64(match, true), true)
      if (length > 8) {
        outView.setBigInt64(to + 8, outView.getBigInt64(match + 8, true), true)
        outView.setInt16(to + 16, outView.getInt16(match + 16, true), true)
      }
      to += length
      if (to >= outEnd) throw broken('the block does not end with literals')
      continue
    }
    if (length === 19) {
      let more = 255
      while (more === 255) {
        if (from >= sourceEnd) throw broken('input ends within a length')
        more = source[from++] as number
        length += more
      }
    }
    const matchEnd = to + length
    if (matchEnd >= outEnd) throw broken('the block does not end with literals')
    if (offset === 0) throw broken('a match has no offset')
    if (match < outStart) {
      let dict = dictEnd - (outStart - match)
      if (dict < dictStart) throw broken('a match begins before the start')
      const dictLimit = Math.min(dictEnd, dict + length)
      while (dict < dictLimit) out[to++] = out[dict++] as number
      match = outStart
    }
    if (matchEnd - to < LONG_COPY) {
      if (offset >= 4 && matchEnd <= outSafe)
        for (; to < matchEnd; to += 4, match += 4) outView.setInt32(to, outView.getInt32(match, true), true)
      else while (to < matchEnd) out[to++] = out[match++] as number
    } else if (offset >= matchEnd - to) out.copyWithin(to, match, match + matchEnd - to)
    else repeatMatch(out, match, to, matchEnd)
    to = matchEnd
  }
}

/** A match that overlaps itself repeats a pattern: copy what is there, which doubles with every step. */
function repeatMatch(out: Uint8Array, match: number, start: number, end: number): void {
  let to = start
  while (to < end) {
    const step = Math.min(to - match, end - to)
    out.copyWithin(to, match, match + step)
    to += step
  }
}

function broken(what: string): RangeError {
  return new RangeError(`LZ4: ${what}`)
}

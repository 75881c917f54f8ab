/** Copies shorter than this are cheaper byte by byte than through a call into the engine. */
const SHORT_COPY = 24

/**
 * Decodes one raw LZ4 block (no frame) of exactly `outEnd - outStart` bytes. As in Lucene the last sequence has
 * literals only, and decoding ends when the output is full; an output of no bytes still has its one token.
 *
 * A match that reaches back before `outStart` continues in the preset dictionary `out[dictStart, dictEnd)`, which
 * lies in the same array. Returns the position after the block; throws `RangeError` for bytes that are no such block.
 *
 * One function over 40 lines, because this loop is the reader's speed: everything it touches stays in locals. Each
 * `as number` holds because the index was checked against the end of what is read.
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
    if (literals < SHORT_COPY) while (to < literalsEnd) out[to++] = source[from++] as number
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
    if (length === 19) {
      let more = 255
      while (more === 255) {
        if (from >= sourceEnd) throw broken('input ends within a length')
        more = source[from++] as number
        length += more
      }
    }
    const matchEnd = to + length
    if (matchEnd > outEnd) throw broken('a match runs beyond the end')
    let match = to - offset
    if (offset === 0) throw broken('a match has no offset')
    if (match < outStart) {
      let dict = dictEnd - (outStart - match)
      if (dict < dictStart) throw broken('a match begins before the start')
      const dictLimit = Math.min(dictEnd, dict + length)
      while (dict < dictLimit) out[to++] = out[dict++] as number
      match = outStart
    }
    if (matchEnd - to < SHORT_COPY) while (to < matchEnd) out[to++] = out[match++] as number
    else if (offset >= matchEnd - to) {
      out.copyWithin(to, match, match + matchEnd - to)
      to = matchEnd
    } else to = repeatMatch(out, match, to, matchEnd)
    if (to === outEnd) throw broken('the block ends with a match')
  }
}

/** A match that overlaps itself repeats a pattern: copy what is there, which doubles with every step. */
function repeatMatch(out: Uint8Array, match: number, start: number, end: number): number {
  let to = start
  while (to < end) {
    const step = Math.min(to - match, end - to)
    out.copyWithin(to, match, match + step)
    to += step
  }
  return end
}

function broken(what: string): RangeError {
  return new RangeError(`LZ4: ${what}`)
}

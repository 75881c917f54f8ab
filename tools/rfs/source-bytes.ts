// A document's own bytes on one line, as a bulk body wants them. Nothing is parsed.

const LINE_FEED = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Copies `source` into `out` at `at` without the line feeds that stand outside strings, and returns where it ends. A
 * line feed within a string, which JSON does not allow, gives -1: removing it would change a value in silence.
 *
 * Nearly every document is one line already, which one native search finds out.
 */
export function copyOnOneLine(source: Uint8Array, out: Uint8Array, at: number): number {
  const first = source.indexOf(LINE_FEED)
  if (first < 0) {
    out.set(source, at)
    return at + source.length
  }
  return copyWithoutBreaks(source, out, at)
}

/** One loop over 20 lines because every byte of a pretty-printed document passes through it. */
function copyWithoutBreaks(source: Uint8Array, out: Uint8Array, start: number): number {
  let at = start
  let inString = false
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0
    if (byte === LINE_FEED) {
      if (inString) return -1
      continue
    }
    out[at++] = byte
    if (byte === QUOTE) inString = !inString
    else if (byte === BACKSLASH && inString && i + 1 < source.length) {
      // Whatever is escaped is no end of the string; a line feed is not allowed here either.
      const escaped = source[++i] ?? 0
      if (escaped === LINE_FEED) return -1
      out[at++] = escaped
    }
  }
  return at
}

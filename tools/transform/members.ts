// The members of a JSON object by where they stand in its text, so that those nobody touched leave as they came. A text
// has one character for each byte of UTF-8: what JSON is built of is ASCII, and the rest is decoded when it is asked for.

type Member = { key: string; keyStart: number; start: number; end: number }

/** What takes the place of members, by their names: JSON of a value, or null where the member goes. */
export type Changes = ReadonlyMap<string, string | null>

const isAscii = (text: string) => !/[\u0080-\uffff]/.test(text)

/** The text of bytes. */
export const textOfBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1')

/** What a text says. */
export const decodeText = (text: string): string =>
  isAscii(text) ? text : Buffer.from(text, 'latin1').toString('utf8')

/** The text that says this. */
export const encodeText = (words: string): string =>
  isAscii(words) ? words : Buffer.from(words, 'utf8').toString('latin1')

/** The members of an object, in order. Null where the text is no whole object. Values are not looked into. */
export function membersOf(text: string): Map<string, Member> | null {
  const members = new Map<string, Member>()
  let at = skipSpace(text, 0)
  if (text[at] !== '{') return null
  at = skipSpace(text, at + 1)
  if (text[at] === '}') return skipSpace(text, at + 1) === text.length ? members : null
  for (;;) {
    const keyStart = at
    if (text[at] !== '"') return null
    at = endOfString(text, at)
    const key = keyOf(text.slice(keyStart, at))
    at = skipSpace(text, at)
    if (key === null || text[at] !== ':') return null
    const start = skipSpace(text, at + 1)
    const end = endOfValue(text, start)
    if (end <= start) return null
    // Of members of one name the last counts, as for every parser.
    members.set(key, { key, keyStart, start, end })
    at = skipSpace(text, end)
    if (text[at] === '}') return skipSpace(text, at + 1) === text.length ? members : null
    if (text[at] !== ',') return null
    at = skipSpace(text, at + 1)
  }
}

/**
 * The object with these members changed, added or gone. The text around them stays byte for byte, but where a member
 * goes: then the others are set side by side, each as it was.
 */
export function withChanges(text: string, members: ReadonlyMap<string, Member>, changes: Changes): string {
  const places = [...members.values()]
  const encoded = new Map<string, string | null>()
  const added: string[] = []
  for (const [key, value] of changes)
    if (value === null || members.has(key)) encoded.set(key, value && encodeText(value))
    else added.push(encodeText(`${JSON.stringify(key)}:${value}`))
  if ([...encoded.values()].includes(null)) {
    const left = places.flatMap(({ key, keyStart, start, end }) => {
      const changed = encoded.get(key)
      if (changed === null) return []
      return [changed === undefined ? text.slice(keyStart, end) : text.slice(keyStart, start) + changed]
    })
    return `{${[...left, ...added].join(',')}}`
  }
  let made = ''
  let at = 0
  for (const { key, start, end } of places.filter(({ key }) => encoded.has(key)).sort(byPlace)) {
    made += text.slice(at, start) + encoded.get(key)
    at = end
  }
  const [last] = places.sort(byPlace).slice(-1)
  const end = last?.end ?? text.indexOf('{') + 1
  if (added.length === 0) return made + text.slice(at)
  return `${made}${text.slice(at, end)}${last ? ',' : ''}${added.join(',')}${text.slice(end)}`
}

const byPlace = (one: Member, other: Member) => one.start - other.start

function keyOf(quoted: string): string | null {
  const words = decodeText(quoted)
  if (!words.includes('\\')) return words.slice(1, -1)
  try {
    return String(JSON.parse(words))
  } catch {
    return null
  }
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

/** Behind the closing quote, or beyond the end where there is none. */
function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; ; at++) {
    at = text.indexOf('"', at)
    if (at < 0) return text.length + 1
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++
    if (slashes % 2 === 0) return at + 1
  }
}

/** Behind a string, a number or word, or the bracket that closes the one it begins with. */
function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const char = text[at]
    if (char === '"') {
      at = endOfString(text, at) - 1
      if (depth === 0) return at + 1
    } else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (char === ',' || isSpace(text.charCodeAt(at)))) return at
  }
  return text.length + 1
}

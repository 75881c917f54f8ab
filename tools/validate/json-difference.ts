// Where two documents differ, as paths, with the values as they are written: `1.0` beside `1`, and not 1 beside 1.
import { canonicalJson, NotJson } from './canonical.ts'

type Leaf = { path: string; text: string }
export type PathDifference = { path: string; source?: string; target?: string }

const MOST_PATHS = 20
const LONGEST_TEXT = 200

/** At most 20 paths; a value is cut to 200 characters. An empty list where the two are the same document. */
export function differencesOf(source: Uint8Array, target: Uint8Array): PathDifference[] {
  const [a, b] = [leavesOf(source), leavesOf(target)]
  const there = new Map(b.map(({ path, text }) => [path, text]))
  const differences: PathDifference[] = []
  for (const { path, text } of a) {
    const other = there.get(path)
    there.delete(path)
    if (other !== text)
      differences.push({ path, source: cut(text), ...(other === undefined ? {} : { target: cut(other) }) })
  }
  for (const [path, text] of there) differences.push({ path, target: cut(text) })
  return differences.slice(0, MOST_PATHS)
}

const cut = (text: string) => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text)

/** Every value that holds no other, with its path. An empty object or list is a value of its own. */
function leavesOf(document: Uint8Array): Leaf[] {
  let text: string
  try {
    text = new TextDecoder().decode(canonicalJson(document))
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    return [{ path: '', text: new TextDecoder().decode(document) }]
  }
  return new Walk(text).leaves
}

class Walk {
  readonly leaves: Leaf[] = []
  readonly #text: string
  #at = 0

  constructor(canonical: string) {
    this.#text = canonical
    this.#value('')
  }

  #value(path: string): void {
    const first = this.#text[this.#at]
    const isEmpty = '}]'.includes(this.#text[this.#at + 1] ?? '')
    if (first === '{' && !isEmpty) this.#object(path)
    else if (first === '[' && !isEmpty) this.#list(path)
    else this.#leaf(path, first)
  }

  #leaf(path: string, first: string | undefined): void {
    const start = this.#at
    if (first === '"') this.#string()
    else if (first === '{' || first === '[') this.#at += 2
    else while (this.#at < this.#text.length && !',]}'.includes(this.#text[this.#at] ?? '')) this.#at++
    this.leaves.push({ path, text: this.#text.slice(start, this.#at) })
  }

  #object(path: string): void {
    do {
      this.#at++
      const start = this.#at
      this.#string()
      const key = String(JSON.parse(this.#text.slice(start, this.#at)))
      this.#at++
      this.#value(path === '' ? key : `${path}.${key}`)
    } while (this.#text[this.#at] === ',')
    this.#at++
  }

  #list(path: string): void {
    let n = 0
    do {
      this.#at++
      this.#value(`${path}[${n++}]`)
    } while (this.#text[this.#at] === ',')
    this.#at++
  }

  #string(): void {
    this.#at++
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    this.#at++
  }
}

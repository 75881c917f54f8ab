// Documents of 2.4 KB as an application's log and order store hold them: words, names, numbers, ids, a list of lines.
import { createHash } from 'node:crypto'
import { randomOf } from '../sim/random.ts'

export type Sample = { id: string; body: string }

const WORDS = Array.from({ length: 4_000 }, (_, n) => wordOf(n))
const SERVICES = ['checkout', 'search', 'catalogue', 'payment', 'shipping', 'identity']

/** The document of this number, always the same: about 2,400 bytes that LZ4 brings to half. */
export function sampleDocument(n: number): Sample {
  const random = randomOf(n + 1)
  const words = (count: number) =>
    // The product of two numbers makes the first words the frequent ones, as in a language.
    Array.from({ length: count }, () => WORDS[random.below(random.below(WORDS.length) + 1)]).join(' ')
  const hash = createHash('sha1').update(String(n)).digest('hex')
  const lines = Array.from({ length: 6 }, (_, at) => ({
    sku: `SKU-${hash.slice(at * 4, at * 4 + 8).toUpperCase()}`,
    title: words(5),
    quantity: 1 + random.below(9),
    price: random.below(100_000) / 100,
    taxIncluded: random.chance(0.5),
  }))
  const body = JSON.stringify({
    '@timestamp': new Date(1_700_000_000_000 + n * 137).toISOString(),
    service: random.pick(SERVICES),
    level: random.pick(['info', 'info', 'info', 'warn', 'error']),
    traceId: hash.slice(0, 32),
    durationMs: random.below(1_000_000) / 1_000,
    customer: {
      id: 10_000 + random.below(90_000),
      name: words(2),
      country: random.pick(['DE', 'FR', 'NL', 'US']),
    },
    client: { ip: `10.${random.below(256)}.${random.below(256)}.${random.below(256)}`, agent: words(9) },
    message: words(84),
    description: words(112),
    lines,
    tags: Array.from({ length: 5 }, () => words(1)),
  })
  return { id: `order-${n}`, body }
}

/** The mapping that such documents are kept under. */
export const sampleMapping = {
  dynamic: false,
  properties: {
    '@timestamp': { type: 'date' },
    service: { type: 'keyword' },
    level: { type: 'keyword' },
    traceId: { type: 'keyword' },
    durationMs: { type: 'double' },
    customer: { properties: { id: { type: 'long' }, country: { type: 'keyword' } } },
    message: { type: 'text' },
  },
}

function wordOf(n: number): string {
  const hash = createHash('sha1').update(`word ${n}`).digest()
  const syllables = [
    'ba',
    'ren',
    'to',
    'li',
    'mar',
    'ex',
    'so',
    'dun',
    'ti',
    'ka',
    'vor',
    'en',
    'pa',
    'ul',
    'gri',
    'ne',
  ]
  return Array.from(
    { length: 1 + ((hash[0] ?? 0) % 4) },
    (_, at) => syllables[(hash[at + 1] ?? 0) % 16],
  ).join('')
}

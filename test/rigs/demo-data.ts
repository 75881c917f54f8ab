// A shop's Elasticsearch: products, orders, customers and logs, the same at every start.

type Engine = { url: string }
type Document = Record<string, unknown>

const keyword = { type: 'keyword' }
const text = { type: 'text', fields: { raw: { type: 'keyword', ignore_above: 256 } } }
const settings = { number_of_shards: 1, number_of_replicas: 0 }

const templates: [path: string, body: unknown][] = [
  [
    '/_ingest/pipeline/trim-messages',
    {
      description: 'Cleans log messages',
      processors: [{ trim: { field: 'message', ignore_missing: true } }],
    },
  ],
  [
    '/_component_template/log-settings',
    { template: { settings: { ...settings, 'index.codec': 'best_compression', refresh_interval: '5s' } } },
  ],
  [
    '/_component_template/log-fields',
    {
      template: {
        mappings: {
          dynamic: 'strict',
          properties: {
            at: { type: 'date' },
            level: keyword,
            host: keyword,
            status: { type: 'short' },
            message: text,
          },
        },
      },
    },
  ],
  [
    '/_index_template/shop-logs',
    {
      index_patterns: ['shop-logs-*'],
      priority: 200,
      composed_of: ['log-settings', 'log-fields'],
      template: {
        settings: { 'index.default_pipeline': 'trim-messages' },
        aliases: { 'shop-logs': {}, 'shop-errors': { filter: { term: { level: 'error' } } } },
      },
    },
  ],
  [
    '/_template/orders',
    {
      index_patterns: ['orders-*'],
      settings,
      mappings: {
        properties: {
          number: keyword,
          at: { type: 'date' },
          customer: { properties: { id: keyword, country: keyword } },
          total: { type: 'scaled_float', scaling_factor: 100 },
          lines: { type: 'nested', properties: { product: keyword, pieces: { type: 'integer' } } },
        },
      },
    },
  ],
  [
    '/products',
    {
      settings: {
        ...settings,
        analysis: {
          filter: { same: { type: 'synonym', synonyms: ['mug, cup', 'sneaker, trainer'] } },
          analyzer: { shop: { tokenizer: 'standard', filter: ['lowercase', 'asciifolding', 'same'] } },
        },
      },
      mappings: {
        properties: {
          name: { ...text, analyzer: 'shop' },
          price: { type: 'scaled_float', scaling_factor: 100 },
          tags: keyword,
          warehouse: { type: 'geo_point' },
          suggest: { type: 'completion' },
        },
      },
      aliases: { catalogue: {}, bargains: { filter: { range: { price: { lt: 20 } } } } },
    },
  ],
  [
    '/customers',
    {
      settings,
      mappings: {
        properties: { name: text, country: keyword, since: { type: 'date' }, address: { type: 'ip' } },
      },
    },
  ],
]

const months = ['2024-01', '2024-02', '2024-03']
const aliases = {
  actions: months.map((month, at) => ({
    add: { index: `orders-${month}`, alias: 'orders', is_write_index: at === months.length - 1 },
  })),
}

/** Fills an empty Elasticsearch 7.10; answers how much there is. */
export async function fillDemo(engine: Engine): Promise<{ indexes: number; documents: number }> {
  for (const [path, body] of templates) await send(engine, 'PUT', path, JSON.stringify(body))
  const random = numbers(7)
  const filled: [index: string, documents: Document[]][] = [
    ['products', times(400, (at) => product(at, random))],
    ['customers', times(600, (at) => customer(at, random))],
    ...months.map((month): [string, Document[]] => [
      `orders-${month}`,
      times(800, (at) => order(at, month, random)),
    ]),
    ...months.map((month): [string, Document[]] => [
      `shop-logs-${month}`,
      times(1_000, (at) => line(at, month, random)),
    ]),
  ]
  for (const [index, documents] of filled) await bulk(engine, index, documents)
  await send(engine, 'POST', '/_aliases', JSON.stringify(aliases))
  await send(engine, 'POST', '/_refresh')
  return {
    indexes: filled.length,
    documents: filled.reduce((sum, [, documents]) => sum + documents.length, 0),
  }
}

type Random = { below(limit: number): number; of<T>(list: readonly [T, ...T[]]): T }

/** The same numbers at every start: a linear congruential generator. */
function numbers(seed: number): Random {
  let state = seed
  const below = (limit: number) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return Math.floor((state / 2 ** 32) * limit)
  }
  return { below, of: (list) => list[below(list.length)] ?? list[0] }
}

const countries = ['DE', 'FR', 'IT', 'PL', 'ES', 'SE'] as const
const adjectives = ['Blue', 'Small', 'Sturdy', 'Café', 'Quiet', 'Woollen'] as const
const things = ['mug', 'sneaker', 'lamp', 'notebook', 'kettle', 'scarf'] as const

function product(at: number, { below, of }: Random): Document {
  const name = `${of(adjectives)} ${of(things)} ${at}`
  const warehouse = { lat: 48 + below(500) / 100, lon: 8 + below(500) / 100 }
  return {
    name,
    price: (below(9_000) + 100) / 100,
    tags: [of(things), of(adjectives)],
    warehouse,
    suggest: name,
  }
}

function customer(at: number, { below, of }: Random): Document {
  const since = `20${10 + below(14)}-0${1 + below(9)}-1${below(9)}`
  return {
    name: `Customer ${at}`,
    country: of(countries),
    since,
    address: `10.0.${below(256)}.${below(256)}`,
  }
}

function order(at: number, month: string, { below, of }: Random): Document {
  const lines = times(1 + below(4), () => ({ product: String(below(400)), pieces: 1 + below(5) }))
  const customer = { id: String(below(600)), country: of(countries) }
  return { number: `${month}-${at}`, at: moment(month, below), customer, total: below(50_000) / 100, lines }
}

function line(at: number, month: string, { below, of }: Random): Document {
  const status = of([200, 200, 200, 200, 404, 500] as const)
  const level = status === 500 ? 'error' : status === 404 ? 'warn' : 'info'
  return {
    at: moment(month, below),
    level,
    host: `web-${below(4)}`,
    status,
    message: ` GET /products/${at} ${status} `,
  }
}

function moment(month: string, below: Random['below']): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${month}-${two(1 + below(28))}T${two(below(24))}:${two(below(60))}:${two(below(60))}Z`
}

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at))
}

async function bulk(engine: Engine, index: string, documents: Document[]): Promise<void> {
  const lines = documents.flatMap((document, at) => [
    JSON.stringify({ index: { _index: index, _id: String(at) } }),
    JSON.stringify(document),
  ])
  const answer = await send(engine, 'POST', '/_bulk', `${lines.join('\n')}\n`)
  if (answer.errors) throw new Error(`Elasticsearch did not take the sample data of ${index}`)
}

async function send(
  { url }: Engine,
  method: string,
  path: string,
  body?: string,
): Promise<{ errors?: boolean }> {
  const response = await fetch(url + path, { method, body, headers: { 'content-type': 'application/json' } })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return (await response.json()) as { errors?: boolean } // only that of a bulk is read
}

// The metadata of a newspaper on Elasticsearch 6.8, from the time of mapping types: each has a name of its own.
export const prefix = 'press'

const articleType = {
  dynamic: 'false',
  date_detection: false,
  _meta: { era: 'types' },
  _routing: { required: true },
  dynamic_templates: [
    {
      names: {
        match: '*_name',
        match_mapping_type: 'string',
        mapping: { type: 'keyword', ignore_above: 99 },
      },
    },
  ],
  properties: {
    headline: {
      type: 'text',
      analyzer: 'article',
      fields: { raw: { type: 'keyword', normalizer: 'folded' }, parts: { type: 'text', analyzer: 'grams' } },
    },
    printed: { type: 'date', format: 'yyyy-MM-dd HH:mm:ss||epoch_millis' },
    weekday: { type: 'date', format: "xxxx-'W'ww-e" },
    region: { type: 'geo_shape' },
    position: { type: 'geo_point' },
    letters: {
      type: 'nested',
      properties: { from: { type: 'keyword' }, body: { type: 'text', norms: false } },
    },
    thread: { type: 'join', relations: { article: 'comment' } },
    circulation: { type: 'scaled_float', scaling_factor: 10 },
    language: { type: 'keyword', similarity: 'boolean' },
    secret: { type: 'object', enabled: false },
  },
}

const analysis = {
  analyzer: {
    article: { type: 'custom', tokenizer: 'standard', filter: ['standard', 'lowercase', 'stop_words'] },
    grams: { type: 'custom', tokenizer: 'grams', filter: ['lowercase'] },
    weighted: { type: 'custom', tokenizer: 'whitespace', filter: ['payload'] },
    stripped: { type: 'custom', tokenizer: 'edges', char_filter: ['html_strip'] },
  },
  tokenizer: {
    grams: { type: 'nGram', min_gram: '2', max_gram: '3' },
    edges: { type: 'edgeNGram', min_gram: '1', max_gram: '5' },
  },
  filter: {
    payload: { type: 'delimited_payload_filter', encoding: 'int' },
    stop_words: { type: 'stop', stopwords: ['the', 'a'] },
  },
  normalizer: { folded: { type: 'custom', filter: ['lowercase'] } },
}

/** Path and body, in the order in which they can be put. */
export const press: [path: string, body: unknown][] = [
  [`/_ingest/pipeline/${prefix}-clean`, { processors: [{ uppercase: { field: 'language' } }] }],
  [
    `/_template/${prefix}-articles`,
    {
      index_patterns: [`${prefix}-articles-*`],
      order: 2,
      version: 60,
      settings: { index: { number_of_shards: 2, number_of_replicas: 0, 'mapper.dynamic': true, analysis } },
      mappings: { article: articleType },
      aliases: {
        [`${prefix}-all`]: {},
        [`${prefix}-de`]: { filter: { term: { language: 'de' } }, routing: 'de' },
      },
    },
  ],
  [
    `/_template/${prefix}-defaults`,
    { index_patterns: [`${prefix}-*`], order: 0, settings: { refresh_interval: '9s' } },
  ],
  [
    `/${prefix}-articles-2018`,
    {
      aliases: {
        [`${prefix}-current`]: { is_write_index: true },
        [`${prefix}-two`]: { search_routing: '1,2' },
      },
    },
  ],
  [
    `/${prefix}-letters`,
    {
      settings: {
        number_of_replicas: 0,
        'index.translog.retention.size': '300mb',
        'index.translog.retention.age': '6h',
        'index.similarity.mine.type': 'BM25',
        'index.similarity.mine.b': '0.2',
        'index.sort.field': 'at',
        'index.max_ngram_diff': 3,
        'index.default_pipeline': `${prefix}-clean`,
      },
      mappings: {
        letter: {
          _all: { enabled: false },
          properties: {
            at: { type: 'date', format: 'YYYY/MM/dd' },
            body: { type: 'text', similarity: 'mine', copy_to: 'all_of_it' },
            all_of_it: { type: 'text' },
            sender: {
              properties: { name: { type: 'text' }, street: { type: 'keyword', null_value: 'none' } },
            },
          },
        },
      },
    },
  ],
  [`/${prefix}-doc`, { mappings: { _doc: { properties: { n: { type: 'long' } } } } }],
  [`/${prefix}-untyped`, {}],
]

export const pressIndexes = ['articles-2018', 'doc', 'letters', 'untyped'].map((name) => `${prefix}-${name}`)

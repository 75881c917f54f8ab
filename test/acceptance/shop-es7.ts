// The metadata of a shop on Elasticsearch 7.10: one of everything that its mappings, settings and aliases can say.

const analysis = {
  analyzer: {
    product_text: {
      type: 'custom',
      char_filter: ['ampersand', 'html_strip'],
      tokenizer: 'standard',
      filter: ['lowercase', 'asciifolding', 'product_synonyms', 'english_stem'],
    },
    prefix: { type: 'custom', tokenizer: 'prefix', filter: ['lowercase'] },
    paths: { tokenizer: 'path_hierarchy' },
    german: { type: 'german', stopwords: ['und', 'oder'] },
  },
  tokenizer: {
    prefix: { type: 'edge_ngram', min_gram: '2', max_gram: '12', token_chars: ['letter', 'digit'] },
    words: { type: 'pattern', pattern: '[^\\p{L}\\d]+' },
  },
  filter: {
    product_synonyms: { type: 'synonym_graph', synonyms: ['tv, television', 'laptop => notebook'] },
    english_stem: { type: 'stemmer', language: 'light_english' },
    payload: { type: 'delimited_payload', delimiter: '|', encoding: 'float' },
    shingle: { type: 'shingle', min_shingle_size: '2', max_shingle_size: '3' },
  },
  char_filter: { ampersand: { type: 'mapping', mappings: ['& => and'] } },
  normalizer: { folded: { type: 'custom', filter: ['lowercase', 'asciifolding'] } },
}

const dynamicTemplates = [
  {
    codes: {
      match_mapping_type: 'string',
      match: '*_code',
      mapping: { type: 'keyword', normalizer: 'folded', ignore_above: 64 },
    },
  },
  {
    measures: {
      path_match: 'measures.*',
      path_unmatch: '*.raw',
      mapping: { type: 'scaled_float', scaling_factor: 100 },
    },
  },
  {
    localized: {
      match_pattern: 'regex',
      match: '^(title|text)_[a-z]{2}$',
      mapping: { type: 'text', fields: { raw: { type: 'keyword' } } },
    },
  },
]

const productFields = {
  name: {
    type: 'text',
    analyzer: 'product_text',
    search_analyzer: 'standard',
    fields: {
      keyword: { type: 'keyword', ignore_above: 256, normalizer: 'folded' },
      prefix: { type: 'text', analyzer: 'prefix', search_analyzer: 'simple' },
      words: { type: 'token_count', analyzer: 'standard' },
      typed: { type: 'search_as_you_type', max_shingle_size: 3 },
    },
    copy_to: ['everything'],
  },
  everything: { type: 'text', store: true, term_vector: 'with_positions_offsets', norms: false },
  description: { type: 'text', index_options: 'offsets', similarity: 'tuned', fielddata: true },
  price: { type: 'scaled_float', scaling_factor: 100, coerce: false },
  stock: { type: 'integer', null_value: 0, doc_values: true },
  weight: { type: 'half_float', ignore_malformed: true },
  released: { type: 'date', format: "yyyy-MM-dd||epoch_millis||dd.MM.uuuu 'at' HH:mm" },
  changed: { type: 'date_nanos' },
  available: { type: 'date_range', format: 'strict_date' },
  sizes: { type: 'integer_range' },
  active: { type: 'boolean', null_value: false },
  place: { type: 'geo_point', ignore_z_value: true },
  origin: { type: 'ip' },
  picture: { type: 'binary', doc_values: false },
  popularity: { type: 'rank_feature' },
  topics: { type: 'rank_features' },
  suggest: { type: 'completion', analyzer: 'simple', preserve_separators: false, max_input_length: 50 },
  alert: { type: 'percolator' },
  title: { type: 'alias', path: 'name' },
  unsearched: { type: 'object', enabled: false },
  raw: {
    type: 'keyword',
    index: false,
    doc_values: false,
    eager_global_ordinals: true,
    meta: { unit: 'id' },
  },
  reviews: {
    type: 'nested',
    include_in_parent: true,
    dynamic: 'strict',
    properties: {
      author: { type: 'keyword' },
      stars: { type: 'byte' },
      replies: { type: 'nested', properties: { text: { type: 'text' }, at: { type: 'date' } } },
    },
  },
  family: {
    type: 'join',
    eager_global_ordinals: false,
    relations: { product: ['offer', 'question'], question: 'answer' },
  },
  'dotted.path.name': { type: 'keyword' },
  measures: { dynamic: 'true', type: 'object' },
}

const manySettings = {
  'index.number_of_shards': '2',
  'index.number_of_replicas': '0',
  'index.number_of_routing_shards': '8',
  'index.codec': 'best_compression',
  'index.refresh_interval': '17s',
  'index.max_result_window': '20000',
  'index.max_inner_result_window': '200',
  'index.max_ngram_diff': '20',
  'index.max_shingle_diff': '4',
  'index.max_terms_count': '70000',
  'index.max_regex_length': '2000',
  'index.max_script_fields': '40',
  'index.max_docvalue_fields_search': '120',
  'index.max_refresh_listeners': '900',
  'index.max_rescore_window': '30000',
  'index.highlight.max_analyzed_offset': '900000',
  'index.analyze.max_token_count': '9000',
  'index.auto_expand_replicas': 'false',
  'index.mapping.total_fields.limit': '2500',
  'index.mapping.depth.limit': '15',
  'index.mapping.nested_fields.limit': '40',
  'index.mapping.nested_objects.limit': '9000',
  'index.mapping.field_name_length.limit': '300',
  'index.mapping.ignore_malformed': 'true',
  'index.mapping.coerce': 'false',
  'index.query.default_field': ['name', 'description'],
  'index.gc_deletes': '90s',
  'index.priority': '7',
  'index.search.idle.after': '45s',
  'index.search.slowlog.threshold.query.warn': '9s',
  'index.search.slowlog.threshold.fetch.info': '800ms',
  'index.indexing.slowlog.threshold.index.warn': '8s',
  'index.indexing.slowlog.source': '500',
  'index.merge.policy.max_merged_segment': '2gb',
  'index.merge.policy.segments_per_tier': '12',
  'index.merge.scheduler.max_thread_count': '1',
  'index.translog.durability': 'ASYNC',
  'index.translog.sync_interval': '7s',
  'index.translog.flush_threshold_size': '256mb',
  'index.unassigned.node_left.delayed_timeout': '3m',
  'index.routing.allocation.total_shards_per_node': '10',
  'index.routing.rebalance.enable': 'primaries',
  'index.routing_partition_size': '1',
  'index.sort.field': ['at', 'level'],
  'index.sort.order': ['desc', 'asc'],
  'index.write.wait_for_active_shards': '1',
  'index.store.type': 'niofs',
  'index.load_fixed_bitset_filters_eagerly': 'false',
  'index.shard.check_on_startup': 'false',
  'index.soft_deletes.retention.operations': '11',
}

const orderMappings = {
  dynamic: 'strict',
  _source: { excludes: ['internal.*'] },
  _meta: { owner: 'orders team', since: 2019 },
  properties: {
    id: { type: 'keyword' },
    total: { type: 'double' },
    at: { type: 'date' },
    customer: { properties: { name: { type: 'text' }, country: { type: 'keyword' } } },
  },
}

const manyFields = Object.fromEntries(
  Array.from({ length: 1_500 }, (_, at) => [`field_${at}`, { type: at % 2 ? 'keyword' : 'long' }]),
)

/** What was there before: path and body, in the order in which it can be put. */
export const shop: [path: string, body: unknown][] = [
  [
    '/_ingest/pipeline/clean-orders',
    { description: 'Clean', processors: [{ trim: { field: 'id' } }, { lowercase: { field: 'id' } }] },
  ],
  [
    '/_component_template/shop-analysis',
    { template: { settings: { index: { analysis } } }, version: 3, _meta: { team: 'search' } },
  ],
  [
    '/_component_template/shop-dynamic',
    { template: { mappings: { dynamic_templates: dynamicTemplates, date_detection: false } } },
  ],
  ['/_component_template/shop-aliases', { template: { aliases: { everything: {} } } }],
  [
    '/_index_template/shop-events',
    {
      index_patterns: ['events-*', 'clicks-*'],
      priority: 250,
      version: 4,
      composed_of: ['shop-analysis', 'shop-dynamic', 'shop-aliases'],
      _meta: { why: 'events' },
      template: {
        settings: { 'index.number_of_shards': 1, 'index.refresh_interval': '5s' },
        mappings: { properties: { at: { type: 'date' }, user: { type: 'keyword' } } },
        aliases: { recent: { filter: { range: { at: { gte: 'now-1d' } } } }, routed: { routing: 'eu' } },
      },
    },
  ],
  ['/_index_template/plain', { index_patterns: ['plain-*'], template: {} }],
  [
    '/_template/old-logs',
    {
      index_patterns: ['old-logs-*'],
      order: 3,
      version: 12,
      settings: { 'index.number_of_replicas': 0, 'index.analysis.analyzer.lines.type': 'whitespace' },
      mappings: {
        dynamic_templates: dynamicTemplates.slice(1, 2),
        properties: { line: { type: 'text', analyzer: 'lines' }, host: { type: 'ip' } },
      },
      aliases: { logs: {}, errors: { filter: { term: { level: 'error' } }, index_routing: 'a' } },
    },
  ],
  ['/_template/order-only', { index_patterns: ['zzz-*'], order: -1, settings: { number_of_shards: 3 } }],
  [
    '/products',
    {
      settings: {
        index: {
          number_of_shards: 3,
          number_of_replicas: 1,
          max_ngram_diff: 10,
          analysis,
          similarity: { tuned: { type: 'BM25', b: 0.3, k1: 1.4 } },
        },
      },
      mappings: {
        dynamic: 'true',
        date_detection: false,
        numeric_detection: true,
        dynamic_date_formats: ['yyyy/MM/dd'],
        dynamic_templates: dynamicTemplates,
        _routing: { required: true },
        properties: productFields,
      },
      aliases: { catalogue: {}, cheap: { filter: { range: { price: { lt: 10 } } }, routing: '1' } },
    },
  ],
  [
    '/orders-2024-01',
    {
      settings: { default_pipeline: 'clean-orders' },
      mappings: orderMappings,
      aliases: { orders: { is_write_index: false } },
    },
  ],
  [
    '/orders-2024-02',
    {
      settings: { default_pipeline: 'clean-orders' },
      mappings: orderMappings,
      aliases: {
        orders: { is_write_index: true },
        'orders-routed': { index_routing: 'in', search_routing: 'one,two' },
        'orders-big': {
          filter: {
            bool: { must: [{ range: { total: { gte: 1000.5 } } }, { exists: { field: 'customer.name' } }] },
          },
        },
      },
    },
  ],
  [
    '/settled',
    {
      settings: manySettings,
      mappings: {
        properties: {
          at: { type: 'date' },
          level: { type: 'keyword' },
          name: { type: 'text' },
          description: { type: 'text' },
        },
      },
    },
  ],
  ['/wide', { settings: { 'index.mapping.total_fields.limit': 2000 }, mappings: { properties: manyFields } }],
  ['/bare', {}],
  ['/hidden-one', { settings: { 'index.hidden': true }, aliases: { 'hidden-alias': { is_hidden: true } } }],
  ['/hard-deletes', { settings: { 'index.soft_deletes.enabled': false } }],
  [`/${encodeURIComponent('odd+name%20é-名前')}`, { aliases: { "odd'alias&": {} } }],
]

export const shopIndexes = shop
  .map(([path]) => decodeURIComponent(path.slice(1)))
  .filter((name) => !name.includes('/'))

/** As items are named: the index, then the alias; in the order of the API. */
export const shopAliases = shop
  .filter(([path]) => !path.includes('/', 1))
  .flatMap(([path, body]) =>
    Object.keys((body as { aliases?: object }).aliases ?? {}).map(
      (alias) => `${decodeURIComponent(path.slice(1))}/${alias}`,
    ),
  )
  .sort()

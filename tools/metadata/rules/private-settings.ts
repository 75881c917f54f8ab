// Settings a cluster writes itself, or that only the old product knows: taken out before the first request.
import { atLeast, elasticsearchBelow, isElasticsearch, isOpenSearch, type Pair } from '../gates.ts'
import type { Json } from '../json.ts'
import { part } from '../parts.ts'
import { flatSettings, removeSetting } from '../settings-tree.ts'
import type { Rule } from './rule.ts'

type Row = {
  /** Exact paths, or prefixes where they end with a dot. */
  paths: string[]
  reason: string
  when?: (value: Json, pair: Pair) => boolean
  warning?: string
}

const isFalse = (value: Json) => value === false || value === 'false'
const fromElasticsearch = (_: Json, { source }: Pair) => isElasticsearch(source)

export const settingRows: Row[] = [
  {
    paths: [
      'creation_date',
      'creation_date_string',
      'uuid',
      'provided_name',
      'history.uuid',
      'verified_before_close',
    ],
    reason: 'The cluster writes it itself',
  },
  { paths: ['version.', 'version'], reason: 'The cluster writes it itself' },
  { paths: ['blocks.'], reason: 'A block would refuse the documents that follow' },
  {
    paths: ['resize.', 'shrink.', 'split.', 'routing.allocation.initial_recovery.'],
    reason: 'Belongs to a resize that is over',
  },
  {
    paths: [
      'routing.allocation.include.',
      'routing.allocation.require.',
      'routing.allocation.exclude.',
      'tier.preference',
    ],
    reason: 'Names nodes or tiers of the source',
  },
  { paths: ['mapping.single_type', 'mapper.dynamic', 'mapper'], reason: 'There are no mapping types' },
  {
    paths: ['soft_deletes.enabled'],
    reason: 'Creating indexes with soft deletes off is no longer supported',
    when: (value, { target }) => isFalse(value) && atLeast(target, 2),
  },
  { paths: ['translog.retention.'], reason: 'Soft deletes keep the history now' },
  {
    paths: ['lifecycle.', 'lifecycle'],
    reason: 'Index lifecycle management is not part of OpenSearch',
    warning: 'It was under index lifecycle management: set up Index State Management on the target',
    when: fromElasticsearch,
  },
  { paths: ['xpack.'], reason: 'x-pack is not part of OpenSearch' },
  {
    paths: ['frozen', 'search.throttled'],
    reason: 'OpenSearch has no frozen indexes',
    when: fromElasticsearch,
  },
  {
    paths: ['store.snapshot.'],
    reason: 'A searchable snapshot becomes an ordinary index',
    warning: 'It was mounted from a snapshot; on the target it is an ordinary index',
  },
  {
    paths: ['store.type'],
    when: (value) => value === 'snapshot',
    reason: 'A searchable snapshot becomes an ordinary index',
  },
  { paths: ['data_path', 'ttl.disable_purge', 'warmer.enabled'], reason: 'No target has it' },
  {
    paths: ['mode', 'time_series.', 'routing_path', 'dimensions', 'look_ahead_time', 'look_back_time'],
    reason: 'OpenSearch has no time series or logs mode',
    when: fromElasticsearch,
  },
  {
    paths: ['mapping.source.', 'mapping.synthetic_source', 'recovery.use_synthetic_source'],
    reason: 'OpenSearch stores _source',
    when: fromElasticsearch,
  },
  {
    paths: [
      'mapping.dimension_fields.',
      'mapping.semantic_text.',
      'mapping.total_fields.ignore_dynamic_beyond_limit',
      'esql.',
      'fast_refresh',
    ],
    reason: 'OpenSearch has no such setting',
    when: fromElasticsearch,
  },
  {
    paths: ['max_adjacency_matrix_filters'],
    reason: 'The limit is that of all clauses now',
    when: (_, { source, target }) => elasticsearchBelow(source, 8) && atLeast(target, 2),
  },
]

export const privateSettings: Rule = {
  id: 'private-settings',
  title: 'Settings of the source cluster alone are left out',
  applies: ({ target }) => isOpenSearch(target),
  apply(draft, pen, pair) {
    const settings = part(draft, 'settings')
    if (settings === null) return
    for (const [path, value] of flatSettings(settings.body)) {
      const row = settingRows.find(
        ({ paths, when }) => paths.some((pattern) => covers(pattern, path)) && (when?.(value, pair) ?? true),
      )
      if (row === undefined) continue
      removeSetting(settings.body, path)
      pen.note({ path: `${settings.path}.${path}`, change: 'removed', from: value, reason: row.reason })
      if (row.warning !== undefined) pen.warn(row.warning)
    }
  },
}

const covers = (pattern: string, path: string) =>
  pattern.endsWith('.') ? path.startsWith(pattern) : path === pattern

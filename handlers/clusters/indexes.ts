// GET /sessions/:session/clusters/:role/indexes
import * as v from 'valibot'
import { listIndexes } from '../../shared/cluster/indexes.ts'
import { resolveConnection } from '../../shared/connections.ts'
import { ClusterRole, IndexSummary } from '../../shared/domain/cluster.ts'
import { fieldErrors } from '../../shared/domain/field-error.ts'
import { Selection, selector } from '../../shared/domain/selection.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { operation, PageQuery, params, query, route } from '../../shared/http/route.ts'
import { getCluster, getValidConfig } from '../../shared/http/startable.ts'
import { Problem } from '../../shared/problems.ts'

const Params = v.strictObject({ session: v.string(), role: ClusterRole })
const patterns = v.optional(v.pipe(v.string(), v.maxLength(8_000)))
const Query = v.strictObject({
  ...PageQuery,
  /** Names, globs and `regex:` patterns, parted by commas. Without them the config's selection is shown. */
  include: patterns,
  exclude: patterns,
  search: v.optional(v.pipe(v.string(), v.maxLength(255))),
})
const Sum = v.strictObject({
  indexes: v.number(),
  documents: v.nullable(v.number()),
  bytes: v.nullable(v.number()),
})
const Choice = v.strictObject({
  ...IndexSummary.entries,
  chosen: v.boolean(),
  reason: v.nullable(v.picklist(['built-in', 'not-included', 'excluded'])),
})
const Indexes = v.pipe(
  v.strictObject({ items: v.array(Choice), next: v.nullable(v.string()), chosen: Sum, total: Sum }),
  v.metadata({ ref: 'Indexes' }),
)

/** The indexes of a cluster now, by name: which the selection means and why not the others, with sums for both. */
export default route().get(
  '/sessions/:session/clusters/:role/indexes',
  operation({
    id: 'clustersIndexes',
    summary: 'List the indexes of a cluster',
    access: 'viewer',
    returns: { 200: Indexes },
    problems: [
      'session_not_found',
      'config_invalid',
      'source_is_target',
      'source_not_configured',
      'target_not_configured',
      'secret_missing',
      'secret_not_for_this_endpoint',
      'cluster_failed',
      'not_on_this_runtime',
    ],
  }),
  params(Params),
  query(Query),
  async (c) => {
    const { db, seal, clusters, session } = c.var
    const { role } = c.req.valid('param')
    const { limit, cursor, search, include, exclude } = c.req.valid('query')
    const { document } = await getValidConfig(db, session.id)
    const selection = include || exclude ? parseSelection(include, exclude) : document.selection
    const [after] = decodeCursor(cursor, ['text']) ?? []
    const cluster = await getCluster(db, session.id, document, role)

    const client = clusters.connect(await resolveConnection({ db, seal }, session.id, role, cluster))
    const indexes = await listIndexes(client).finally(() => client.close())

    const choose = selector(selection)
    const all = indexes.map((index) => ({ ...index, reason: null, ...choose(index.name) }))
    const rows = all.filter(
      ({ name }) => (after === undefined || name > after) && (search === undefined || name.includes(search)),
    )
    return c.json({
      ...paged(rows, limit, ({ name }) => [name]),
      chosen: sum(all.filter(({ chosen }) => chosen)),
      total: sum(all),
    })
  },
)

function parseSelection(include?: string, exclude?: string): Selection {
  const split = (text?: string) => (text ? text.split(',').filter(Boolean) : undefined)
  const parsed = v.safeParse(Selection, { include: split(include), exclude: split(exclude) })
  if (parsed.success) return parsed.output
  throw new Problem('invalid_input', 'The query does not fit', { errors: fieldErrors(parsed.issues) })
}

/** A sum with an unknown part is unknown. */
function sum(indexes: IndexSummary[]) {
  const add = (key: 'documents' | 'bytes') =>
    indexes.reduce<number | null>(
      (total, index) => (total === null || index[key] === null ? null : total + index[key]),
      0,
    )
  return { indexes: indexes.length, documents: add('documents'), bytes: add('bytes') }
}

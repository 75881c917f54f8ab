// GET /sessions/:session/snapshots
import * as v from 'valibot'
import { RepositoryName } from '../../shared/domain/config.ts'
import { SnapshotSummary } from '../../shared/domain/snapshot.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { chooseRepository, getRepositoryAccess } from '../../shared/http/repository.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'
import { getValidConfig } from '../../shared/http/startable.ts'

const Query = v.strictObject({
  ...PageQuery,
  /** May be left out where the config has one repository. */
  repository: v.optional(RepositoryName),
})

/** What is in a repository, newest first, read from its own files: it needs no source cluster. */
export default route().get(
  '/sessions/:session/snapshots',
  operation({
    id: 'snapshotsList',
    summary: 'List the snapshots in a repository',
    access: 'viewer',
    returns: { 200: page(SnapshotSummary) },
    problems: [
      'session_not_found',
      'repository_not_found',
      'config_invalid',
      'source_is_target',
      'repository_not_configured',
      'repository_not_allowed',
      'secret_missing',
      'secret_not_for_this_endpoint',
      'repository_failed',
      'not_on_this_runtime',
    ],
  }),
  query(Query),
  async (c) => {
    const { db, session, repositories } = c.var
    const { limit, cursor, repository: asked } = c.req.valid('query')
    const [at, after] = decodeCursor(cursor, ['text', 'text']) ?? []
    const { document } = await getValidConfig(db, session.id)
    const { name, repository } = chooseRepository(document, asked)

    const found = await repositories.list(await getRepositoryAccess(c, repository))

    const rows = found
      .map((snapshot) => ({ repository: name, ...snapshot }))
      .sort((a, b) => newestFirst(keyOf(a), keyOf(b)))
      .filter((row) => at === undefined || after === undefined || newestFirst(keyOf(row), [at, after]) > 0)
    return c.json(paged(rows, limit, keyOf))
  },
)

type Key = readonly [startedAt: string, name: string]

const keyOf = ({ startedAt, name }: SnapshotSummary): Key => [startedAt ?? '', name]

function newestFirst([at, name]: Key, [otherAt, otherName]: Key): number {
  if (at !== otherAt) return at > otherAt ? -1 : 1
  return name < otherName ? -1 : Number(name > otherName)
}

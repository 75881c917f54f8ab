// The repository that a request speaks of: named, or the only one of the config.
import type { Context } from 'hono'
import type { CheckedRepository } from '../domain/backfill.ts'
import type { ConfigDocument, Repository } from '../domain/config.ts'
import { Problem } from '../problems.ts'
import { resolveRepository } from '../repository-access.ts'
import type { AppEnv } from './context.ts'

/** The repository of that name; without a name the only one there is. */
export function chooseRepository(
  { repositories = {} }: ConfigDocument,
  name: string | undefined,
): { name: string; repository: Repository } {
  const names = Object.keys(repositories)
  if (names.length === 0)
    throw new Problem('repository_not_configured', 'The config has no repositories; PUT …/config with one')
  if (name === undefined && names.length > 1)
    throw new Problem('invalid_input', `Say which repository is meant: ${names.join(', ')}`, {
      errors: [
        {
          path: '/repository',
          code: 'repository',
          message: 'The config has more than one repository',
          hint: `One of ${names.join(', ')}`,
        },
      ],
    })
  const chosen = name ?? names[0] ?? ''
  const repository = Object.hasOwn(repositories, chosen) ? repositories[chosen] : undefined
  if (!repository) throw new Problem('repository_not_found', `The config has no repository "${chosen}"`)
  return { name: chosen, repository }
}

/** The access to a repository that this door allows, with its secret bound and unsealed. */
export async function getRepositoryAccess(
  c: Context<AppEnv>,
  repository: Repository,
): Promise<CheckedRepository> {
  const { db, seal, session, repositories } = c.var
  return repositories.check(await resolveRepository({ db, seal }, session.id, repository))
}

// Snapshot repositories on runtimes with files and sockets: checked, then read from their own files.
import { createHash } from 'node:crypto'
import type { EndpointRules } from '../../shared/cluster/endpoint-rules.ts'
import type { CheckedRepository, RepositoryAccess } from '../../shared/domain/backfill.ts'
import type { SnapshotContent } from '../../shared/domain/snapshot.ts'
import { Problem } from '../../shared/problems.ts'
import type { Repositories } from '../../shared/repositories/port.ts'
import { RepositoryError } from '../../tools/lucene/repository-error.ts'
import { readContents } from '../../tools/snapshot/contents.ts'
import { openBlobs } from '../../tools/snapshot/open-blobs.ts'
import { allowedFolder, checkBucket, checkedLookup } from './repository-rules.ts'

/** A list is read again after this; two people who look at one page read it once. */
const KEPT_MS = 5_000
const KEPT_LISTS = 100
const LIST_MS = 20_000

type Options = {
  /** Folders that repositories may be in. */
  roots: readonly string[]
  rules: EndpointRules
  /** How long a list may take. */
  listMs?: number
}

export function createRepositories({ roots, rules, listMs = LIST_MS }: Options): Repositories {
  const kept = new Map<string, Promise<SnapshotContent[]>>()

  async function check(access: RepositoryAccess): Promise<CheckedRepository> {
    if (access.type === 'fs') return { type: 'fs', path: await allowedFolder(access.path, roots) }
    checkBucket(access, rules)
    return { ...access, lookup: checkedLookup(access.endpoint, rules) }
  }

  async function read(access: CheckedRepository): Promise<SnapshotContent[]> {
    const signal = AbortSignal.timeout(listMs)
    const blobs = await openBlobs(access)
    try {
      return await readContents(blobs, signal)
    } catch (error) {
      throw signal.aborted ? late(listMs) : error
    } finally {
      await blobs.close()
    }
  }

  return {
    check,
    async withKeys(asked) {
      const { lookup: _, ...access } = await check(asked)
      if (access.type === 'fs' || access.credentials || !rules.cloudKeys) return access
      const credentials = await rules.cloudKeys().catch((error: unknown) => {
        throw new Problem('repository_failed', 'The cloud role gave no keys for the repository', {
          cause: error,
          members: { evidence: {}, remedy: 'Check that the process has a role or AWS keys of its own.' },
        })
      })
      return { ...access, credentials }
    },
    async list(asked) {
      const access = await check(asked)
      // The key is a hash, because an access holds credentials.
      const key = createHash('sha256').update(JSON.stringify(access)).digest('base64')
      const reading = kept.get(key) ?? read(access)
      if (!kept.has(key)) {
        if (kept.size < KEPT_LISTS) kept.set(key, reading)
        const forget = () => void kept.delete(key)
        reading.then(() => setTimeout(forget, KEPT_MS).unref(), forget)
      }
      return reading.catch((error: unknown) => {
        throw explain(error)
      })
    },
  }
}

function explain(error: unknown): unknown {
  if (!(error instanceof RepositoryError)) return error
  const { code, message, remedy = null } = error
  // Deno's word for a permission that the process was started without; the client of buckets wants more than folders do.
  if (error.found === 'NotCapable')
    return new Problem(
      'not_on_this_runtime',
      'This door was started without the permissions to read a bucket',
      {
        cause: error,
      },
    )
  if (code === 'path_refused') return new Problem('repository_not_allowed', message, { cause: error })
  return new Problem('repository_failed', message, {
    cause: error,
    members: { evidence: error.toJSON(), remedy },
  })
}

function late(ms: number): Problem {
  return new Problem('repository_failed', `The repository was not read within ${ms / 1_000} seconds`, {
    members: { evidence: {}, remedy: 'Try again; check the network between here and the repository' },
  })
}

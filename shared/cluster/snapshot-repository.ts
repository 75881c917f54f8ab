// Snapshot repositories as a cluster knows them. We register under a name of our own and overwrite nobody's place.
import type { Repository } from '../domain/config.ts'
import { Problem } from '../problems.ts'
import { type ClusterClient, ClusterFailure, type ClusterRequest } from './client.ts'
import { expectJson } from './expect-json.ts'
import { entries, member, strings } from './json.ts'
import { encodeSegment } from './path.ts'

export type Limits = Pick<ClusterRequest, 'signal' | 'timeoutMs'>
export type Registration = { type: string; settings: Record<string, string> }

/** What may change between two snapshots without another place being meant. */
export type Tuning = { maxBytesPerSecond?: number; compress?: boolean }

/** The name under which the source knows a repository of a config. */
export function registeredName(repository: string): string {
  return `migration-assistant-${repository}`
}

/** The settings that name the place; all others are tuning. */
const place = new Set(['location', 'bucket', 'base_path', 'endpoint'])

/** A configured repository as the source is told of it. A bucket's credentials are the source's own. */
export function registrationOf(
  repository: Repository,
  { maxBytesPerSecond, compress }: Tuning,
): Registration {
  const where =
    repository.type === 'fs'
      ? { location: repository.clusterPath ?? repository.path }
      : {
          bucket: repository.bucket,
          base_path: trimmed(repository.prefix),
          region: repository.region,
          endpoint: repository.endpoint,
          path_style_access: repository.pathStyle,
          role_arn: repository.roleArn,
        }
  const settings = {
    ...where,
    compress,
    max_snapshot_bytes_per_sec: maxBytesPerSecond === undefined ? undefined : `${maxBytesPerSecond}b`,
  }
  const given = Object.entries(settings).filter(([, value]) => value !== undefined && value !== '')
  return {
    type: repository.type,
    settings: Object.fromEntries(given.map(([key, value]) => [key, String(value)])),
  }
}

/**
 * Makes sure that the source knows the repository. A registration of the name that means another place is left alone
 * and told (`repository_differs`); at the same place the tuning is set anew, unless `tune` is false.
 */
export async function registerRepository(
  client: ClusterClient,
  name: string,
  wanted: Registration,
  limits: Limits,
  { tune = true }: { tune?: boolean } = {},
): Promise<'registered' | 'unchanged' | 'tuned'> {
  const found = await findRegistration(client, name, limits)
  const differing = found === null ? [] : differences(found, wanted)
  if (found !== null && differing.length === 0) return 'unchanged'
  const elsewhere = differing.filter(({ setting }) => setting === 'type' || place.has(setting))
  if (elsewhere.length > 0) throw differs(name, elsewhere)
  if (found !== null && !tune) return 'unchanged'
  const body = JSON.stringify(wanted)
  await expectJson(client, { ...limits, method: 'PUT', path: path(name), body, idempotent: true }).catch(
    (error: unknown) => {
      throw explain(error, wanted)
    },
  )
  return found === null ? 'registered' : 'tuned'
}

/** Null where the source does not know the name. */
export async function findRegistration(
  client: ClusterClient,
  name: string,
  limits: Limits,
): Promise<Registration | null> {
  const answer = await expectJson(client, { ...limits, method: 'GET', path: path(name) }).catch(
    (error: unknown) => {
      if (error instanceof ClusterFailure && error.status === 404) return {}
      throw error
    },
  )
  const found = member(answer, name)
  const [type] = strings([member(found, 'type')])
  if (type === undefined) return null
  return {
    type,
    settings: Object.fromEntries(
      entries(member(found, 'settings')).map(([key, value]) => [key, String(value)]),
    ),
  }
}

type Difference = { setting: string; expected: string | null; found: string | null }

function differences(found: Registration, wanted: Registration): Difference[] {
  const settings = new Set([...Object.keys(found.settings), ...Object.keys(wanted.settings)])
  const pairs = [...settings].map((setting) => ({
    setting,
    expected: wanted.settings[setting] ?? null,
    found: found.settings[setting] ?? null,
  }))
  const all = [{ setting: 'type', expected: wanted.type, found: found.type }, ...pairs]
  return all.filter(({ expected, found }) => trimmed(expected) !== trimmed(found))
}

/** Slashes at the ends of a path or address say nothing. */
function trimmed(text: string | null | undefined): string {
  const path = text ?? ''
  return path.startsWith('/') && path.length > 1 ? path.replace(/\/+$/, '') : path.replace(/^\/+|\/+$/g, '')
}

function differs(name: string, differing: Difference[]): Problem {
  const [first] = differing
  return new Problem(
    'repository_differs',
    `The source knows "${name}" as another repository: its ${first?.setting} is ${JSON.stringify(first?.found)}, not ${JSON.stringify(first?.expected)}`,
    {
      members: {
        evidence: { registered: name, differences: differing },
        remedy: 'Remove that registration from the source, or give the repository another name in the config',
      },
    },
  )
}

/** The reasons for which engines refuse a repository, in words a person can act on. */
const refusals: { pattern: RegExp; detail: string; remedy: string }[] = [
  {
    pattern: /repository type \[[^\]]*\] does not exist/,
    detail: 'it has no plugin for repositories of this type',
    remedy: 'Install the plugin repository-s3 on every node of the source, and restart them',
  },
  {
    pattern: /locations specified by path\.repo/,
    detail: 'the folder is not below its path.repo',
    remedy:
      'List the folder in path.repo on every node of the source, or say with clusterPath where the source finds it',
  },
  {
    pattern:
      /repository_verification_exception|is not accessible on|store location|AccessDenied|status code: 403/i,
    detail: 'it cannot write there',
    remedy: 'Let every node of the source write to the place, and check its credentials for the bucket',
  },
]

function explain(error: unknown, { type }: Registration): unknown {
  if (!(error instanceof ClusterFailure) || error.kind === '401' || error.kind === '403') return error
  const told = `${error.message} ${String(error.evidence.answer)}`
  const known = refusals.find(({ pattern }) => pattern.test(told))
  if (!known) return error
  return new Problem(
    'repository_refused',
    `The source does not take the ${type} repository: ${known.detail}`,
    { cause: error, members: { evidence: error.evidence, remedy: known.remedy } },
  )
}

function path(name: string): string {
  return `/_snapshot/${encodeSegment(name)}`
}

// Where a door lets snapshot repositories be: folders at or below its roots, endpoints that the endpoint rules allow.

import { realpath } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'
import { basename, dirname, isAbsolute, join, sep } from 'node:path'
import { checkedAddresses } from '../../shared/cluster/addresses.ts'
import { type EndpointRules, endpointRefusal, isCloudAllowed } from '../../shared/cluster/endpoint-rules.ts'
import type { RepositoryAccess } from '../../shared/domain/backfill.ts'
import { Problem } from '../../shared/problems.ts'

type S3Access = Extract<RepositoryAccess, { type: 's3' }>

/**
 * The real path of a folder at or below a root. A folder that is not there yet is judged by the nearest one that is,
 * for the source makes it when it first writes.
 */
export async function allowedFolder(path: string, roots: readonly string[]): Promise<string> {
  if (!isAbsolute(path)) throw refused(path, 'it is not an absolute path')
  if (path.includes('\0') || path.split(/[/\\]/).includes('..')) throw refused(path, 'it climbs with ".."')
  const real = await realPath(path)
  for (const root of roots) {
    const top = await realPath(root)
    if (real === top || real.startsWith(top === sep ? sep : top + sep)) return real
  }
  throw refused(path, 'it is not below a folder that MA_REPOSITORY_ROOTS lists')
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code !== 'ENOENT' || dirname(path) === path) throw refused(path, `it cannot be looked at (${code})`)
    return join(await realPath(dirname(path)), basename(path))
  }
}

/** Refuses an endpoint that the rules forbid, and the cloud's own role where it may not be used. */
export function checkBucket({ bucket, endpoint, region, credentials }: S3Access, rules: EndpointRules): void {
  const url = endpoint ?? `https://s3.${region ?? 'us-east-1'}.amazonaws.com`
  const refusal = endpointRefusal(url, rules)
  if (refusal) throw refused(url, refusal)
  if (credentials === undefined && !isCloudAllowed(new URL(url), rules))
    throw refused(
      `s3://${bucket}`,
      'it has no secret, and the cloud role may not be used for it: MA_CLOUD_ALLOW does not list it',
    )
}

/** Resolves a name for the client of a bucket: only to addresses that the rules allow, at each connection. */
export function checkedLookup(endpoint: string | undefined, rules: EndpointRules): LookupFunction {
  return (hostname, options, done) => {
    const url = new URL(endpoint ?? `https://${hostname}`)
    url.hostname = hostname
    checkedAddresses(url, rules).then(
      (addresses) => {
        const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
        const [first] = all
        if (options.all) done(null, all)
        else done(null, first?.address ?? '', first?.family)
      },
      (error: Error) => done(error, ''),
    )
  }
}

function refused(place: string, why: string): Problem {
  return new Problem('repository_not_allowed', `The repository ${place.slice(0, 300)} is refused: ${why}`)
}

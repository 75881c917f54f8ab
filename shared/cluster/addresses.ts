// Resolves an endpoint and holds every address against the endpoint rules, at each connection anew.
import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { ClusterFailure } from './client.ts'
import {
  addressRefusal,
  type EndpointRules,
  endpointRefusal,
  hostOf,
  isAddress,
  portOf,
} from './endpoint-rules.ts'

/** Every address of a host name. */
export type Resolve = (host: string) => Promise<string[]>

/** Every address the endpoint stands for now. One that may not be used spoils them all: a mixed answer is an attack. */
export async function checkedAddresses(
  url: URL,
  rules: EndpointRules,
  resolve: Resolve = systemResolve,
): Promise<string[]> {
  const refusal = endpointRefusal(url.href, rules)
  if (refusal) throw refused(url, refusal, null)
  const host = hostOf(url)
  const addresses = isAddress(host) ? [host] : await resolved(host, url, resolve)
  const known = { ...rules, forbidden: await ownAddresses(rules, resolve) }
  for (const address of addresses) {
    const why = addressRefusal(host, portOf(url), address, known)
    if (why) throw refused(url, why, address)
  }
  return addresses
}

function refused(url: URL, why: string, address: string | null): ClusterFailure {
  const via = address && address !== hostOf(url) ? ` (it resolves to ${address})` : ''
  return new ClusterFailure('refused', `Cannot connect to ${url.origin}: ${why}${via}`, {
    remedy:
      'Use the address of the cluster itself; what may be reached is set by who runs the Migration Assistant.',
    evidence: { endpoint: url.origin, address },
  })
}

async function resolved(host: string, url: URL, resolve: Resolve): Promise<string[]> {
  try {
    const addresses = await resolve(host)
    if (addresses.length > 0) return addresses
    throw Object.assign(new Error('no address'), { code: 'ENODATA' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new ClusterFailure(
      'dns',
      `Cannot connect to ${url.origin}: "${host}" could not be resolved (${code})`,
      {
        retryable: code === 'EAI_AGAIN' || code === 'ETIMEOUT',
        evidence: { code, host },
        remedy: 'Check the spelling, and that the name is known where the Migration Assistant runs.',
      },
    )
  }
}

/** Our own ports as addresses: names resolved, and "everywhere" or loopback spelled out as every interface. */
async function ownAddresses(rules: EndpointRules, resolve: Resolve) {
  const own = await Promise.all(
    (rules.forbidden?.() ?? []).map(async ({ host, port }) => {
      const known = isAddress(host) ? [host] : await resolve(host).catch(() => [])
      const local = [host, ...known].some((one) => /^(localhost|127\.|0\.0\.0\.0$|::1?$)/.test(one))
      const interfaces = local ? Object.values(networkInterfaces()).flatMap((list) => list ?? []) : []
      return [host, ...known, ...interfaces.map((one) => one.address)].map((address) => ({
        host: address,
        port,
      }))
    }),
  )
  const all = own.flat()
  return () => all
}

const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map((found) => found.address)

// Which addresses a door lets us connect to (design §10). Pure: it resolves nothing, so config validation runs it on any
// runtime; dial.ts applies it to every address of every connection.
import ipaddr from 'ipaddr.js'

export type HostPort = { host: string; port: number }

export type AwsKeys = {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  /** ISO 8601; absent: they do not run out. */
  expiresAt?: string
}

export type EndpointRules = {
  /** The local door alone. */
  allowLoopback?: boolean
  /** Our own API and Postgres; a function, because their ports may be known late. */
  forbidden?: () => readonly HostPort[]
  /** `MA_CLUSTER_ALLOW`: host names, `*.suffix`, addresses or CIDRs. Absent: every address that is not refused. */
  allow?: readonly string[]
  /** `MA_CLOUD_ALLOW`: host names or `*.suffix` where the ambient cloud role may be used. Absent: nowhere. */
  cloudAllow?: readonly string[]
  /** The ambient role's keys of this moment. */
  cloudKeys?: () => Promise<AwsKeys>
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Where clouds answer with machine credentials, outside the link-local range. */
const metadataAddresses = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254']

const refusedRanges: Record<string, string> = {
  unspecified: 'an unspecified address',
  broadcast: 'a broadcast address',
  multicast: 'a multicast address',
  linkLocal: 'a link-local address, where clouds keep their metadata',
  teredo: 'a tunnelled address',
}

/**
 * Why an endpoint may not be used as written, or null. A name that must be resolved first is judged by its addresses
 * at each connection.
 */
export function endpointRefusal(endpoint: string, rules: EndpointRules): string | null {
  if (!URL.canParse(endpoint)) return 'it is not an address'
  const url = new URL(endpoint)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'it is neither http nor https'
  if (url.username || url.password) return 'it carries credentials, which belong in a secret'
  const host = hostOf(url)
  if (parse(host)) return addressRefusal(host, portOf(url), host, rules)
  const forbidden = rules.forbidden?.() ?? []
  if (forbidden.some((own) => own.port === portOf(url) && bare(own.host) === host)) return ownPort
  if (isLocalName(host)) return rules.allowLoopback ? null : loopback
  if (!rules.allow || rules.allow.some((entry) => isRange(entry) || nameMatches(host, entry))) return null
  return notAllowed
}

/** Why `address`, which `host` resolved to, may not be connected to, or null. */
export function addressRefusal(
  host: string,
  port: number,
  address: string,
  rules: EndpointRules,
): string | null {
  const outer = parse(address)
  if (!outer) return 'it is not an address'
  for (const ip of [outer, ...embedded(outer)]) {
    const range = ip.range()
    if (metadataAddresses.some((known) => sameAddress(known, ip))) return 'it is a cloud metadata address'
    const refused = refusedRanges[range]
    if (refused) return `it is ${refused}`
    if (range === 'loopback' && !rules.allowLoopback) return loopback
    const forbidden = rules.forbidden?.() ?? []
    if (forbidden.some((own) => own.port === port && isSameHost(own.host, ip))) return ownPort
  }
  if (!rules.allow) return null
  return rules.allow.some((entry) => nameMatches(host, entry) || inRange(outer, entry)) ? null : notAllowed
}

/** May the ambient cloud role sign for this endpoint? */
export function isCloudAllowed(url: URL, rules: EndpointRules): boolean {
  return (rules.cloudAllow ?? []).some((entry) => nameMatches(hostOf(url), entry))
}

/** The host of a URL as a socket wants it: no brackets round IPv6, no closing dot. */
export function hostOf(url: URL): string {
  return bare(url.hostname)
}

export function portOf(url: URL): number {
  if (url.port) return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}

/** Is this an IP address of either family? */
export function isAddress(text: string): boolean {
  return parse(text) !== null
}

const loopback = 'it is a loopback address, which only the local door may use'
const ownPort = 'it is an address of the Migration Assistant itself'
const notAllowed = 'MA_CLUSTER_ALLOW does not list it'

const bare = (host: string) =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')

function parse(text: string): Address | null {
  const plain = text.replace(/%.*$/, '')
  return ipaddr.isValid(plain) ? ipaddr.process(plain) : null
}

/** The IPv4 addresses an IPv6 address stands for: NAT64, 6to4, IPv4-compatible. Mapped ones are already IPv4. */
function embedded(ip: Address): Address[] {
  if (ip instanceof ipaddr.IPv4) return []
  const bytes = ip.toByteArray()
  const range = ip.range()
  if (range === '6to4') return [new ipaddr.IPv4(bytes.slice(2, 6))]
  const compatible = bytes.slice(0, 12).every((byte) => byte === 0) && range === 'unicast'
  return compatible || range === 'rfc6052' || range === 'rfc6145' ? [new ipaddr.IPv4(bytes.slice(12))] : []
}

function sameAddress(text: string, ip: Address): boolean {
  return parse(text)?.toNormalizedString() === ip.toNormalizedString()
}

/** What listens on every interface, or on loopback, is reached by any loopback address. */
function isSameHost(own: string, ip: Address): boolean {
  const address = parse(bare(own))
  const local = isLocalName(bare(own)) || ['loopback', 'unspecified'].includes(address?.range() ?? '')
  return local ? ip.range() === 'loopback' : address !== null && sameAddress(bare(own), ip)
}

const isLocalName = (host: string) => host === 'localhost' || host.endsWith('.localhost')

function isRange(entry: string): boolean {
  return ipaddr.isValid(entry) || ipaddr.isValidCIDR(entry)
}

function inRange(ip: Address, entry: string): boolean {
  if (!isRange(entry)) return false
  const [network, bits] = ipaddr.isValidCIDR(entry) ? ipaddr.parseCIDR(entry) : [ipaddr.process(entry), null]
  if (network.kind() !== ip.kind()) return false
  return bits === null ? sameAddress(entry, ip) : ip.match(network, bits)
}

function nameMatches(host: string, entry: string): boolean {
  const wanted = bare(entry)
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted
}

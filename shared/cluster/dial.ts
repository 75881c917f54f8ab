// Opens the connections of one cluster: resolves the name, checks every address, connects to a checked one, and proves
// the certificate. Nothing else in the product opens a socket to an address that a user wrote.
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls'
import type { buildConnector } from 'undici'
import { checkedAddresses, type Resolve } from './addresses.ts'
import { parsePem, untrusted } from './certificate.ts'
import { ClusterFailure } from './client.ts'
import { type EndpointRules, hostOf, isAddress, portOf } from './endpoint-rules.ts'
import { socketFailure } from './socket-failure.ts'

export type Target = {
  url: URL
  rules: EndpointRules
  resolve?: Resolve
  tls?: { ca?: string; insecure?: boolean; certificate?: string; key?: string }
  connectTimeoutMs: number
}

export type Dialer = {
  connect: buildConnector.connector
  /** What a request without a connection waits for, for the words of a timeout. */
  phase(): 'resolving the name' | 'connecting' | 'agreeing on TLS' | 'waiting for a free connection'
}

/** A connector for undici that obeys the endpoint rules at each connection. */
export function dialer(target: Target): Dialer {
  let phase: ReturnType<Dialer['phase']> = 'resolving the name'
  let dials = 0
  const { url } = target

  async function dial(signal: AbortSignal): Promise<Socket> {
    phase = 'resolving the name'
    const addresses = await checkedAddresses(url, target.rules, target.resolve)
    signal.throwIfAborted()
    phase = 'connecting'
    const socket = await tcp(hostOf(url), portOf(url), addresses, signal)
    if (url.protocol === 'http:') return socket
    phase = 'agreeing on TLS'
    return tls(target, socket, signal)
  }

  return {
    phase: () => (dials > 0 ? phase : 'waiting for a free connection'),
    connect(_options, callback) {
      dials++
      const aborter = new AbortController()
      const late = new ClusterFailure('timeout', '', {})
      const timer = setTimeout(() => aborter.abort(late), target.connectTimeoutMs)
      Promise.race([dial(aborter.signal), aborted(aborter.signal)])
        .then(
          (socket) => callback(null, socket),
          (error: unknown) =>
            callback(error === late ? tooLate(target, phase) : socketFailure(url.origin, error, false), null),
        )
        .finally(() => {
          dials--
          clearTimeout(timer)
        })
    },
  }
}

function tooLate({ url, connectTimeoutMs }: Target, phase: string): ClusterFailure {
  return new ClusterFailure(
    'timeout',
    `Cannot connect to ${url.origin}: no answer within ${connectTimeoutMs} ms while ${phase}`,
    {
      retryable: true,
      evidence: { phase, timeoutMs: connectTimeoutMs },
      remedy: 'Check routes, security groups and firewalls between the Migration Assistant and the cluster.',
    },
  )
}

function tcp(host: string, port: number, addresses: string[], signal: AbortSignal): Promise<Socket> {
  const checked = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const socket = connectTcp({
    host,
    port,
    // The name is never asked for again: what was checked is what is connected to.
    lookup: (_host, options, done) =>
      options.all ? done(null, checked) : done(null, checked[0]?.address ?? '', checked[0]?.family),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 2_000,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  })
  return opened(socket, 'connect', signal)
}

async function tls({ url, tls = {} }: Target, socket: Socket, signal: AbortSignal): Promise<Socket> {
  const host = hostOf(url)
  const secure = connectTls({
    socket,
    host,
    servername: isAddress(host) ? undefined : host,
    secureContext: secureContext(tls),
    ALPNProtocols: ['http/1.1'],
    // Judged by us below, before a byte is sent, because a socket that Node gives up has lost its certificate.
    rejectUnauthorized: false,
  })
  // With TLS 1.3 a client certificate is refused after the handshake: ended here, the alert outlives the mere "closed".
  secure.once('error', (error) => secure.destroy(error))
  await opened(secure, 'secureConnect', signal)
  if (secure.authorized || tls.insecure) return secure
  const failure = untrusted(url.origin, secure)
  secure.destroy()
  throw failure
}

function secureContext({ ca, certificate, key }: NonNullable<Target['tls']>): SecureContext {
  if (ca) parsePem(ca, 'tls.ca')
  if (certificate) parsePem(certificate, 'the client certificate')
  try {
    // A partial chain lets a person trust the one certificate of the server, or an issuer below the root.
    return createSecureContext({ ca, cert: certificate, key, allowPartialTrustChain: ca !== undefined })
  } catch {
    // The error of OpenSSL is dropped: it was made while reading a private key.
    throw new ClusterFailure(
      'tls',
      'Cannot use the client certificate: its key is not the PEM key that belongs to it',
      {
        remedy: 'Store the unencrypted PEM private key of the certificate as the secret.',
      },
    )
  }
}

function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<S> {
  const { promise, resolve, reject } = Promise.withResolvers<S>()
  // The listener stays: a socket that breaks between here and undici must not end the process.
  socket.on('error', reject)
  socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  socket.once(event, () => resolve(socket))
  signal.addEventListener('abort', () => socket.destroy(), { once: true })
  return promise
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
}

// The way to a Kubernetes API server, with what a kubeconfig or the pod's own account gives: CA, certificate, token.
import { existsSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import { Agent, fetch as undiciFetch } from 'undici'
import type { KubeFetch } from '../../shared/workflows/kube.ts'

/** Connections to the API server at once; Argo's own clients use as many. */
const CONNECTIONS = 32
const OWN_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

export type Cluster = { send: KubeFetch; namespace: string }

/** From KUBECONFIG, or from the pod this runs in. Tokens are read anew at each call, so that they may be rotated. */
export function openKubernetes(): Cluster {
  const config = new KubeConfig()
  if (process.env.KUBECONFIG) config.loadFromDefault()
  else if (existsSync(OWN_TOKEN)) config.loadFromCluster()
  else
    throw new Error(
      'The environment is not usable:\n  KUBECONFIG: expected with MA_ENGINE=argo outside of a pod, and not there',
    )
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error('KUBECONFIG has no current context: kubectl config use-context NAME')
  const context = config.getContextObject(config.getCurrentContext())
  return { send: sender(config, cluster.server), namespace: context?.namespace ?? 'default' }
}

function sender(config: KubeConfig, server: string): KubeFetch {
  const base = server.replace(/\/+$/, '')
  let [identity, agent] = ['', new Agent()]
  return async (path, init) => {
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    const { ca, cert, key, rejectUnauthorized, servername, auth } = options
    const now = JSON.stringify([String(ca), String(cert), String(key), rejectUnauthorized, servername])
    // A certificate that was renewed needs connections of its own.
    if (now !== identity) {
      identity = now
      agent = new Agent({
        connections: CONNECTIONS,
        connect: { ca, cert, key, rejectUnauthorized, servername, timeout: 5_000 },
      })
    }
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, String(value))
    if (auth) headers.set('authorization', `Basic ${Buffer.from(auth).toString('base64')}`)
    const sent = undiciFetch(base + path, {
      method: init.method,
      headers: [...headers],
      // The client sends text or nothing.
      body: typeof init.body === 'string' ? init.body : undefined,
      signal: init.signal,
      redirect: 'error',
      dispatcher: agent,
    })
    return (await sent) as unknown as Response // the package's own class of the same standard
  }
}

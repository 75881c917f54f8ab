// The way of a Worker to a Kubernetes API server: only one whose certificate the runtime itself can prove.
import type { Config } from '../../shared/config.ts'
import { argo } from '../../shared/workflows/argo.ts'
import type { KubeFetch } from '../../shared/workflows/kube.ts'
import type { Workflows } from '../../shared/workflows/port.ts'

/** The engine for people who look, or why there is none. It submits nothing: the jobs process does. */
export function publicEngine(config: Config): Pick<Workflows, 'read'> | string {
  const { MA_KUBERNETES_URL: url, MA_KUBERNETES_TOKEN: token } = config
  if (url === undefined || token === undefined)
    return 'A Worker cannot prove the certificate of a Kubernetes API server that is not publicly trusted, and MA_KUBERNETES_URL with MA_KUBERNETES_TOKEN names no other; ask the API on Node or Deno'
  return argo(sender(url.replace(/\/+$/, ''), token), {
    namespace: config.MA_ARGO_NAMESPACE ?? 'default',
    image: config.MA_TOOL_IMAGE ?? '',
    apiUrl: () => config.MA_PUBLIC_URL ?? '',
  })
}

const sender =
  (base: string, token: string): KubeFetch =>
  (path, init) => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    // Followed, a redirect would carry the token elsewhere; the answer is then a refusal like any other.
    return fetch(base + path, { ...init, headers, redirect: 'manual' })
  }

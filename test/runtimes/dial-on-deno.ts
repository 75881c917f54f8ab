// Run by Deno: sends what its argument asks for through the cluster client, and prints what came of it.

import { ClusterFailure } from '../../shared/cluster/client.ts'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import type { ClusterConnection } from '../../shared/domain/cluster.ts'

export type Dial = Pick<ClusterConnection, 'endpoint' | 'tls'> & {
  credentials?: ClusterConnection['credentials']
  allowLoopback?: boolean
  /** What the name resolves to, at each connection in turn. */
  addresses?: string[][]
  /** How often it is sent; default once. */
  times?: number
}
export type Outcome = { status: number } | { kind: string; message: string }

async function send({ endpoint, tls, credentials = { type: 'none' }, ...dial }: Dial): Promise<Outcome> {
  const { allowLoopback = true, addresses, times = 1 } = dial
  const resolve = addresses && (async () => addresses.shift() ?? [])
  const client = clusterConnector({ allowLoopback }, { resolve }).connect({
    role: 'source',
    endpoint,
    credentials,
    tls,
  })
  try {
    let status = 0
    for (let time = 0; time < times; time++)
      ({ status } = await client.send({ method: 'GET', path: '/', attempts: 1, timeoutMs: 5_000 }))
    return { status }
  } catch (error) {
    if (!(error instanceof ClusterFailure)) throw error
    return { kind: error.kind, message: error.message }
  } finally {
    await client.close()
  }
}

const outcomes: Outcome[] = []
for (const dial of JSON.parse(process.argv[2] ?? '[]')) outcomes.push(await send(dial))
console.log(JSON.stringify(outcomes))
process.exit(0)

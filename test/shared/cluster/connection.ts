// Connections to test engines, as a door would make them.
import { clusterConnector } from '../../../shared/cluster/connect.ts'
import type { ClusterConnection } from '../../../shared/domain/cluster.ts'
import type { Rig } from '../../rigs/engines.ts'

/** A client to an engine of this machine; `connection` says what is different from an open one. */
export function connectTo(rig: Pick<Rig, 'url' | 'ca'>, connection: Partial<ClusterConnection> = {}) {
  return clusterConnector({ allowLoopback: true }).connect({
    role: 'source',
    endpoint: rig.url,
    credentials: { type: 'none' },
    tls: rig.ca ? { ca: rig.ca } : undefined,
    ...connection,
  })
}

/** The administrator of every secured engine. */
export const admin = { type: 'basic', username: 'admin', password: 'admin' } as const

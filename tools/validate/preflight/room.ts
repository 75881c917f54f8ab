// Whether the target has room: for bytes below its watermarks, and for shards below its limit.

import { entries, isRecord, member } from '../../../shared/cluster/json.ts'
import type { IndexSummary } from '../../../shared/domain/cluster.ts'
import { ask as askCluster } from '../../rfs/target.ts'
import type { Work } from '../work.ts'
import { type Answer, ask } from './ask.ts'

export type RoomWork = Pick<Work, 'findings' | 'signal' | 'target'>

type Node = { name: string; total: number; free: number }

async function nodesOf({ target, signal }: RoomWork): Promise<Node[]> {
  const query = { filter_path: 'nodes.*.name,nodes.*.roles,nodes.*.fs.total' }
  const answer = await askCluster(target, { method: 'GET', path: '/_nodes/stats/fs', query, signal })
  return entries(member(answer, 'nodes')).flatMap(([, node]) => {
    const roles = member(node, 'roles')
    const disk = member(member(node, 'fs'), 'total')
    if (Array.isArray(roles) && !roles.some((role) => String(role).startsWith('data'))) return []
    const [total, free] = [Number(member(disk, 'total_in_bytes')), Number(member(disk, 'available_in_bytes'))]
    return [{ name: String(member(node, 'name')), total, free }]
  })
}

async function settingsOf({ target, signal }: RoomWork): Promise<(name: string) => string | null> {
  const query = { include_defaults: true, flat_settings: true }
  const answer = await askCluster(target, { method: 'GET', path: '/_cluster/settings', query, signal })
  return (name) => {
    for (const level of ['transient', 'persistent', 'defaults']) {
      const value = member(member(answer, level), name)
      if (value !== undefined) return String(value)
    }
    return null
  }
}

/** Nodes that are beyond a watermark now. */
export async function checkWatermarks(work: RoomWork): Promise<void> {
  await ask(
    work,
    'preflight.target_watermarks',
    'Every data node of the target is below its watermarks',
    async () => {
      const [nodes, setting] = await Promise.all([nodesOf(work), settingsOf(work)])
      const high = setting('cluster.routing.allocation.disk.watermark.high')
      const flood = setting('cluster.routing.allocation.disk.watermark.flood_stage')
      return nodes.flatMap((node): Answer[] => {
        const used = node.total - node.free
        const evidence = { ...node, high, flood }
        const about = `Node "${node.name}" of the target has ${percent(used, node.total)} of its disk in use`
        if (isBeyond(node, flood))
          return [
            {
              status: 'fail',
              scope: `node:${node.name}`,
              message: `${about}, beyond the flood stage (${flood}): its indexes refuse writes`,
              evidence,
              remedy: 'Free or add disk space on the target.',
            },
          ]
        if (isBeyond(node, high))
          return [
            {
              status: 'warn',
              scope: `node:${node.name}`,
              message: `${about}, beyond the high watermark (${high})`,
              evidence,
              remedy: 'Free or add disk space on the target.',
            },
          ]
        return []
      })
    },
  )
}

/** Whether what will be written fits below the flood stage, replicas included. */
export async function checkDisk(work: RoomWork, indexes: readonly IndexSummary[]): Promise<void> {
  await ask(work, 'preflight.target_disk', 'The documents fit on the disks of the target', async () => {
    const [nodes, setting] = await Promise.all([nodesOf(work), settingsOf(work)])
    if (nodes.length === 0)
      return [{ status: 'skipped', message: 'The target does not tell how large its disks are' }]
    const flood = setting('cluster.routing.allocation.disk.watermark.flood_stage')
    const unknown = indexes.filter(({ bytes }) => bytes === null).length
    const copies = ({ replicas }: IndexSummary) => Math.min(1 + (replicas ?? 0), Math.max(1, nodes.length))
    const needed = indexes.reduce((sum, index) => sum + (index.bytes ?? 0) * copies(index), 0)
    const room = nodes.reduce((sum, node) => sum + Math.max(0, roomBelow(node, flood)), 0)
    const evidence = { needed, room, nodes, flood, indexesOfUnknownSize: unknown }
    if (needed > room)
      return [
        {
          status: 'fail',
          message: `About ${gib(needed)} will be written with their replicas, and ${gib(room)} are free below the flood stage`,
          evidence,
          remedy: 'Add disk space or nodes, move fewer indexes, or go with fewer replicas.',
        },
      ]
    if (needed > room * 0.8)
      return [
        {
          status: 'warn',
          message: `About ${gib(needed)} will be written, and only ${gib(room)} are free below the flood stage`,
          evidence,
          remedy: 'Add disk space before you start.',
        },
      ]
    return [
      {
        status: 'pass',
        message: `About ${gib(needed)} will be written, and ${gib(room)} are free below the flood stage`,
        evidence,
      },
    ]
  })
}

/** Whether the shards that will be made stay below the limit. */
export async function checkShardRoom(work: RoomWork, indexes: readonly IndexSummary[]): Promise<void> {
  await ask(work, 'preflight.target_shards', 'The shards stay below the limit of the target', async () => {
    const { target, signal } = work
    const [setting, health] = await Promise.all([
      settingsOf(work),
      askCluster(target, { method: 'GET', path: '/_cluster/health', signal }),
    ])
    const perNode = Number(setting('cluster.max_shards_per_node') ?? Number.NaN)
    const nodes = Number(member(health, 'number_of_data_nodes'))
    const open = Number(member(health, 'active_shards')) + Number(member(health, 'unassigned_shards'))
    if (!isRecord(health) || !(perNode > 0) || !(nodes > 0))
      return [{ status: 'skipped', message: 'The target has no limit of shards' }]
    const added = indexes.reduce(
      (sum, { shards, replicas }) => sum + (shards ?? 1) * (1 + (replicas ?? 0)),
      0,
    )
    const limit = perNode * nodes
    const evidence = { open, added, limit, perNode, dataNodes: nodes }
    if (open + added > limit)
      return [
        {
          status: 'fail',
          message: `The target would have ${open + added} shards, and takes ${limit}`,
          evidence,
          remedy: 'Raise cluster.max_shards_per_node, add nodes, or move fewer indexes.',
        },
      ]
    return [
      {
        status: 'pass',
        message: `The target would have ${open + added} of at most ${limit} shards`,
        evidence,
      },
    ]
  })
}

/** A watermark is a share in use, or bytes that must stay free. */
function isBeyond(node: Node, watermark: string | null): boolean {
  return watermark !== null && roomBelow(node, watermark) < 0
}

function roomBelow({ total, free }: Node, watermark: string | null): number {
  if (watermark === null) return free
  const share =
    /^([\d.]+)%$/.exec(watermark)?.[1] ??
    (/^0?\.\d+$/.test(watermark) ? String(Number(watermark) * 100) : null)
  if (share !== null) return free - total * (1 - Number(share) / 100)
  return free - bytesOf(watermark)
}

const units: Record<string, number> = { b: 0, kb: 10, mb: 20, gb: 30, tb: 40, pb: 50 }

function bytesOf(text: string): number {
  const [, number = '0', unit = 'b'] = /^([\d.]+)\s*([kmgtp]?b)?$/i.exec(text) ?? []
  return Number(number) * 2 ** (units[unit.toLowerCase()] ?? 0)
}

const percent = (part: number, whole: number) => `${Math.round((100 * part) / Math.max(1, whole))} %`
const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`

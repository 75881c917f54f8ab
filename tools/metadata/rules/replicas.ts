import type { Json } from '../json.ts'
import { part } from '../parts.ts'
import { settingAt } from '../settings-tree.ts'
import type { Rule } from './rule.ts'

/** Copies are rounded up to a multiple of the zones, which a cluster with balanced awareness insists on. */
export const replicasPerZone: Rule = {
  id: 'replicas-per-zone',
  title: 'Replicas are rounded up so that each awareness zone holds as many copies',
  applies: () => true,
  apply(draft, pen, { zones }) {
    const settings = part(draft, 'settings')
    if (settings === null || zones <= 1) return
    const value = settingAt(settings.body, 'number_of_replicas')
    const expand = settingAt(settings.body, 'auto_expand_replicas')
    if (value === undefined || (expand !== undefined && String(expand) !== 'false')) return
    const next = replicasFor(value, zones)
    if (next === null || next === Number(value)) return
    const to = typeof value === 'string' ? String(next) : next
    pen.set(
      settings.body,
      'number_of_replicas',
      to,
      `${settings.path}.number_of_replicas`,
      `${zones} zones hold as many copies each`,
    )
  },
}

/** Null where the number of replicas is not a number. */
export function replicasFor(value: Json, zones: number): number | null {
  const replicas = Number(value)
  if (!Number.isInteger(replicas) || replicas < 0) return null
  return Math.ceil((replicas + 1) / zones) * zones - 1
}

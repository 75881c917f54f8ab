// Checks in words: what was asked, how it stands, and what counts first.
import type { Check, CheckName } from '../api/client.ts'
import { plural } from './format.ts'
import type { Look } from './states.ts'

export const checkStatusLooks: Record<Check['status'], Look> = {
  fail: { word: 'Failed', tone: 'bad', icon: 'cross' },
  unknown: { word: 'Unknown', tone: 'bad', icon: 'question' },
  warn: { word: 'Warning', tone: 'warn', icon: 'alert' },
  skipped: { word: 'Skipped', tone: 'calm', icon: 'skip' },
  pass: { word: 'Passed', tone: 'good', icon: 'check' },
}

/** The worst first. */
export const checkStatuses = ['fail', 'unknown', 'warn', 'skipped', 'pass'] as const

export const checkChoices: { name: CheckName; title: string; why: string; after: boolean }[] = [
  {
    name: 'preflight',
    title: 'Preflight',
    why: 'Before you start: what would go wrong, found by doing and undoing it.',
    after: false,
  },
  { name: 'counts', title: 'Counts', why: 'Documents of snapshot, source and target.', after: true },
  {
    name: 'drift',
    title: 'Metadata',
    why: 'Templates, mappings, settings and aliases of both sides.',
    after: true,
  },
  { name: 'sample', title: 'Sample', why: 'Some documents of every index, byte for byte.', after: true },
  {
    name: 'documents',
    title: 'Every document',
    why: 'All of snapshot and target, with a signed certificate. Takes as long as reading them.',
    after: true,
  },
  { name: 'queries', title: 'Queries', why: 'Your own queries from the config, on both sides.', after: true },
]

export function countChecks(checks: Check[]): Record<Check['status'], number> {
  const counts = { fail: 0, unknown: 0, warn: 0, skipped: 0, pass: 0 }
  for (const { status } of checks) counts[status]++
  return counts
}

const severities = ['error', 'warning', 'info']

/** By status, then by severity, then by name. */
export function inOrder(checks: Check[]): Check[] {
  const rank = ({ status, severity, id, scope }: Check) =>
    `${checkStatuses.indexOf(status)}${severities.indexOf(severity)}${id} ${scope ?? ''}`
  return [...checks].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

export type CountRow = {
  index: string
  status: Check['status']
  snapshot: number | null
  source: number | null
  expected: number | null
  target: number | null
  reasons: string[]
}

const number = (value: unknown) => (typeof value === 'number' ? value : null)

/** The counts of every index, as the checks tell them. */
export function countRows(checks: Check[]): CountRow[] {
  return checks
    .filter(({ id }) => id === 'counts.documents')
    .map(({ scope, status, evidence }) => {
      const { snapshot, source, expected, target, reasons } = evidence
      const documents =
        typeof snapshot === 'object' && snapshot !== null && 'documents' in snapshot
          ? snapshot.documents
          : null
      return {
        index: scope?.replace(/^index:/, '') ?? '',
        status,
        snapshot: number(documents),
        source: number(source),
        expected: number(expected),
        target: number(target),
        reasons: Array.isArray(reasons) ? reasons.map(String) : [],
      }
    })
}

export type ShownDifference = {
  index: string
  id: string
  kind: string
  /** One line per path that differs, as each side writes it. */
  source: string
  target: string
}

const kinds: Record<string, string> = {
  missing: 'is missing on the target',
  extra: 'is on the target only',
  different: 'is another',
  routing: 'has another routing',
  rejected: 'was rejected by the target',
}

export const differenceWord = (kind: string) => kinds[kind] ?? kind

/** The documents that checks show as not the same. */
export function differencesIn({ evidence }: Check): ShownDifference[] {
  const found = Array.isArray(evidence.differences) ? evidence.differences : []
  return found.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) return []
    const { index, id, kind, paths, routing, targetRouting } = each as Record<string, unknown> // read field by field
    const lines = Array.isArray(paths) ? (paths as { path: string; source?: string; target?: string }[]) : [] // as told
    const line = (side: 'source' | 'target') =>
      lines.flatMap((one) => (one[side] === undefined ? [] : [`${one.path}: ${one[side]}`]))
    const routed =
      targetRouting === undefined ? [[], []] : [[`_routing: ${routing}`], [`_routing: ${targetRouting}`]]
    return [
      {
        index: String(index),
        id: String(id),
        kind: String(kind),
        source: [...(routed[0] ?? []), ...line('source')].join('\n'),
        target: [...(routed[1] ?? []), ...line('target')].join('\n'),
      },
    ]
  })
}

export function summaryOf({ fail, unknown, warn }: Record<'fail' | 'unknown' | 'warn', number>): string {
  const parts = [
    ...(fail > 0 ? [`${fail} failed`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
    ...(warn > 0 ? [plural(warn, 'warning')] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : 'Everything passed'
}

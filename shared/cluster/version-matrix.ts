// From what to what a migration is supported, as data.
import type { ClusterVersion } from '../domain/cluster.ts'

export type Pair = { supported: boolean; untested?: boolean; reason?: string }

type Lineage = 'ES' | 'OS'

/** For each source, the OpenSearch majors it may move to. `untested` ones work on a best effort. */
const matrix: { source: `${Lineage} ${number}`; targets: number[]; untested?: true }[] = [
  { source: 'ES 5', targets: [1, 2, 3] },
  { source: 'ES 6', targets: [1, 2, 3] },
  { source: 'ES 7', targets: [1, 2, 3] },
  { source: 'ES 8', targets: [2, 3] },
  { source: 'ES 9', targets: [2, 3], untested: true },
  { source: 'OS 1', targets: [1, 2, 3] },
  { source: 'OS 2', targets: [2, 3] },
  { source: 'OS 3', targets: [3] },
]

/** May documents and metadata move from `source` to `target`? With the reason where not, or where it is untested. */
export function supportedPair(source: ClusterVersion, target: ClusterVersion): Pair {
  if (target.flavour === 'elasticsearch') return no(`the target is ${target.label}, and must be OpenSearch`)
  if (source.flavour === 'serverless')
    return no('OpenSearch Serverless cannot be a source: it gives no snapshots')
  const from = `${lineage(source)} ${source.major}`
  const row = matrix.find((one) => one.source === from)
  if (!row) return no(`${source.label} is not a supported source`)
  // Serverless has no major of its own choosing; it takes what current OpenSearch takes.
  if (target.flavour === 'serverless' || row.targets.includes(target.major)) return yes(source, row.untested)
  const downgrade = lineage(source) === 'OS' && target.major < source.major
  return no(
    `${source.label} cannot be moved to ${target.label}${downgrade ? ': that would be a downgrade' : ''}`,
  )
}

const no = (reason: string): Pair => ({ supported: false, reason })

function yes(source: ClusterVersion, untested = false): Pair {
  return untested
    ? { supported: true, untested, reason: `${source.label} is read on a best effort and is untested` }
    : { supported: true }
}

const lineage = ({ flavour }: ClusterVersion): Lineage => (flavour === 'elasticsearch' ? 'ES' : 'OS')

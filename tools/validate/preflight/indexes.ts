// What the indexes of the source say of themselves before anything is moved.
import { entries, member } from '../../../shared/cluster/json.ts'
import type { IndexSummary } from '../../../shared/domain/cluster.ts'
import { ask as askCluster } from '../../rfs/target.ts'
import type { Subjects } from '../subjects.ts'
import type { Work } from '../work.ts'
import { type Answer, ask } from './ask.ts'

/** A shard above this recovers slowly, and is one worker's work for hours. */
const LARGE_SHARD = 50 * 2 ** 30

export async function checkIndexes(work: Work, { all }: Subjects): Promise<void> {
  const sources = all.flatMap(({ source }) => (source === null ? [] : [source]))
  await ask(work, 'preflight.largest_shard', 'No shard is larger than 50 GiB', () =>
    sources.flatMap(largeShards),
  )
  await ask(work, 'preflight.source_health', 'Every index of the source can be read', () =>
    sources.flatMap(unreadable),
  )
  await ask(
    work,
    'preflight.target_conflicts',
    'The target has none of the indexes yet, or only empty ones',
    () =>
      all.flatMap(({ target, backfilled }): Answer[] => {
        if (target === null || target.documents === 0 || backfilled !== null) return []
        const { name, documents } = target
        return [
          {
            status: 'warn',
            scope: `index:${name}`,
            message: `The target has an index "${name}" already, with ${documents ?? 'an unknown number of'} documents that this session did not write`,
            evidence: { documents, aliases: target.aliases },
            remedy:
              'Empty it, leave it out, or choose in the plan of the backfill what becomes of existing documents.',
          },
        ]
      }),
  )
  await ask(work, 'preflight.write_indexes', 'The write index of every alias is moved with it', () =>
    writeIndexes(work, new Set(all.map(({ name }) => name))),
  )
}

function largeShards({ name, bytes, shards }: IndexSummary): Answer[] {
  if (bytes === null || !shards || bytes / shards <= LARGE_SHARD) return []
  const size = Math.round(bytes / shards / 2 ** 30)
  const evidence = { bytes, shards }
  const remedy =
    'Move it with more shards on the target (a transform of its settings), or plan the time for it.'
  return [
    {
      status: 'warn',
      scope: `index:${name}`,
      message: `The shards of "${name}" hold about ${size} GiB each`,
      evidence,
      remedy,
    },
  ]
}

function unreadable({ name, health, open }: IndexSummary): Answer[] {
  if (open && health !== 'red') return []
  const what = open ? 'red: a part of it cannot be read' : 'closed: a snapshot may not hold it'
  return [
    {
      status: open ? 'fail' : 'warn',
      scope: `index:${name}`,
      message: `"${name}" is ${what}`,
      evidence: { health, open },
      remedy: open ? 'Bring its shards back before you take the snapshot.' : 'Open it, or leave it out.',
    },
  ]
}

/** An alias whose write index is left behind has nowhere to write on the target. */
async function writeIndexes({ source, signal }: Work, meant: ReadonlySet<string>): Promise<Answer[]> {
  if (source === null) return []
  const answer = entries(await askCluster(source, { method: 'GET', path: '/_alias', signal }))
  const moved = new Set(
    answer.flatMap(([index, body]) =>
      meant.has(index) ? entries(member(body, 'aliases')).map(([alias]) => alias) : [],
    ),
  )
  return answer.flatMap(([index, body]) =>
    entries(member(body, 'aliases')).flatMap(([alias, options]): Answer[] => {
      if (meant.has(index) || !moved.has(alias) || member(options, 'is_write_index') !== true) return []
      const message = `"${alias}" is written into "${index}", which is not moved`
      const remedy = 'Move that index too, or make another one the write index on the target.'
      return [{ status: 'warn', scope: `alias:${alias}`, message, evidence: { writeIndex: index }, remedy }]
    }),
  )
}

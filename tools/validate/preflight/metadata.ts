// What the migration of metadata would do, asked of the target without a write: what it would refuse, what would be
// changed, and what is not migrated at all.
import type { ClusterConnector } from '../../../shared/cluster/client.ts'
import type { IssueReport, ItemReport } from '../../../shared/domain/report.ts'
import { askMetadata, type MetadataSaid } from '../metadata-of.ts'
import type { Work } from '../work.ts'
import { type Answer, ask } from './ask.ts'

export async function checkMetadata(work: Work, connector: ClusterConnector): Promise<void> {
  const heard: { said?: MetadataSaid | null } = {}
  await ask(work, 'preflight.metadata', 'The target would take every template, index and alias', async () => {
    heard.said = await askMetadata(work, connector)
    if (heard.said === null)
      return [
        { status: 'skipped', message: 'There is neither a source nor a snapshot to read metadata from' },
      ]
    return answersAbout(heard.said.items)
  })
  const issues = heard.said?.issues
  if (issues === undefined) return
  await ask(work, 'preflight.not_migrated', 'The source has nothing beside what is migrated', () =>
    issues.filter(({ code }) => code.startsWith('not_migrated_')).map(notMigrated),
  )
}

/** Items of a kind that would be changed in the same places share an answer: of a thousand indexes nearly all do. */
export function answersAbout(items: readonly ItemReport[]): Answer[] {
  const alike = Map.groupBy(items.filter(wouldChange), ({ kind, detail }) =>
    [kind, ...detail.changes.map(({ change, path }) => `${change} ${path}`).sort()].join('\n'),
  )
  return [...items.flatMap(answersOf), ...[...alike.values()].flatMap(changedAlike)]
}

const wouldChange = ({ outcome, detail }: ItemReport) =>
  outcome !== 'failed' && detail.changes.length > 0 && detail.action === 'create'

function answersOf({ kind, name, outcome, detail }: ItemReport): Answer[] {
  const scope = `${kind}:${name}`
  const evidence = evidenceOf(detail)
  const message = `The ${kind} "${name}": ${detail.message ?? 'it would be refused'}`
  const { remedy } = detail
  if (outcome === 'failed')
    return [
      {
        status: 'fail',
        scope,
        message,
        evidence,
        remedy: remedy ?? 'Mend it on the source, or leave it out.',
      },
    ]
  return detail.action === 'differs' ? [{ status: 'warn', scope, message, evidence, remedy }] : []
}

/** The scope is the first of them; the evidence names all, and shows the changes of that one. */
function changedAlike(items: ItemReport[]): Answer[] {
  const [first] = items
  if (first === undefined) return []
  const { kind, name, detail } = first
  const others = items.length - 1
  const who = others === 0 ? `The ${kind} "${name}"` : `The ${kind} "${name}" and ${others} more`
  const places = listed(detail.changes.map(({ path }) => path))
  const names = others === 0 ? {} : { count: items.length, names: items.map((item) => item.name) }
  return [
    {
      status: 'warn',
      severity: 'info',
      scope: `${kind}:${name}`,
      message: `${who} would be changed on the way${others > 0 ? ', all alike' : ''}: ${places}`,
      evidence: { ...evidenceOf(detail), ...names },
      remedy: 'Read the changes; each says why it is made.',
    },
  ]
}

const SHOWN = 5

function listed(paths: string[]): string {
  const rest = paths.length - SHOWN
  return paths.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

const evidenceOf = ({ rules, changes, drift, targetError }: ItemReport['detail']) => ({
  rules,
  changes: changes.slice(0, 50),
  drift: drift.slice(0, 20),
  targetError,
})

function notMigrated({ message, evidence, remedy, severity }: IssueReport): Answer {
  return { status: severity === 'info' ? 'warn' : 'unknown', severity, message, evidence, remedy }
}

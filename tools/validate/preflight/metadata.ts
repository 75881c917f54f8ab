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
    return heard.said.items.flatMap(answersOf)
  })
  const issues = heard.said?.issues
  if (issues === undefined) return
  await ask(work, 'preflight.not_migrated', 'The source has nothing beside what is migrated', () =>
    issues.filter(({ code }) => code.startsWith('not_migrated_')).map(notMigrated),
  )
}

function answersOf({ kind, name, outcome, detail }: ItemReport): Answer[] {
  const scope = `${kind}:${name}`
  const evidence = {
    rules: detail.rules,
    changes: detail.changes.slice(0, 50),
    drift: detail.drift.slice(0, 20),
    targetError: detail.targetError,
  }
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
  if (detail.action === 'differs') return [{ status: 'warn', scope, message, evidence, remedy }]
  if (detail.changes.length > 0 && detail.action === 'create')
    return [
      {
        status: 'warn',
        severity: 'info',
        scope,
        message: `The ${kind} "${name}" would be changed in ${detail.changes.length} places on its way`,
        evidence,
        remedy: 'Read the changes; each says why it is made.',
      },
    ]
  return []
}

function notMigrated({ message, evidence, remedy, severity }: IssueReport): Answer {
  return { status: severity === 'info' ? 'warn' : 'unknown', severity, message, evidence, remedy }
}

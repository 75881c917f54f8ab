// What a session needs next, from its state alone.
import type { BackfillStatus, ClusterView, LightStatus, SnapshotStatus } from '../api/client.ts'
import { statusOf } from './backfill.ts'
import { afterStart, backfillStep, documentsNext, snapshotStep } from './document-steps.ts'
import { formatNumber, plural } from './format.ts'
import type { Look } from './states.ts'
import { isTerminal, statusLooks } from './states.ts'
import { validateNext, validateStep } from './validate-steps.ts'

export type Facts = {
  version: number
  /** Undefined while it is not known. */
  valid: boolean | undefined
  errors: number
  hasSource: boolean
  hasTarget: boolean
  /** A snapshot in a repository stands in for a source that is gone. */
  hasRepository: boolean
  source: ClusterView | undefined
  target: ClusterView | undefined
  snapshot?: SnapshotStatus | undefined
  metadata: LightStatus | undefined
  backfill?: BackfillStatus | undefined
  validate?: LightStatus | undefined
}
export type Doing =
  | 'configure'
  | 'test'
  | 'evaluate'
  | 'snapshot'
  | 'metadata'
  | 'backfill'
  | 'validate'
  | 'none'
export type NextStep = { title: string; why: string; doing: Doing; label: string }
export type Step = {
  key: string
  title: string
  look: Look
  detail: string
  page: string
  percent: number | null
}

const unknown: Look = { word: 'Unknown', tone: 'calm', icon: 'question' }
const todo = statusLooks.NotStarted

export function stepsOf(facts: Facts): Step[] {
  return [
    { key: 'configure', title: 'Configure', page: '/configure', percent: null, ...configureStep(facts) },
    { key: 'check', title: 'Check', page: '/configure', percent: null, ...checkStep(facts) },
    snapshotStep(facts.snapshot),
    { key: 'metadata', title: 'Metadata', page: '/metadata', ...metadataStep(facts) },
    backfillStep(facts.backfill),
    validateStep(facts.validate),
  ]
}

function configureStep({ version, valid, errors, hasSource, hasTarget, hasRepository }: Facts) {
  if (version === 0) return { look: todo, detail: 'Nothing is saved yet' }
  if (valid === undefined) return { look: unknown, detail: `Version ${version}` }
  if (!valid)
    return {
      look: { word: 'Draft', tone: 'warn', icon: 'pencil' } as Look,
      detail: `Version ${version}, ${plural(errors, 'error')}`,
    }
  if (!hasTarget || !(hasSource || hasRepository))
    return {
      look: { word: 'Incomplete', tone: 'warn', icon: 'pencil' } as Look,
      detail: hasTarget ? 'No source yet' : 'No target yet',
    }
  return { look: { word: 'Done', tone: 'good', icon: 'check' } as Look, detail: `Version ${version}` }
}

function checkStep(facts: Facts) {
  const checks = configured(facts)
  if (checks.some((view) => view === undefined)) return { look: unknown, detail: '' }
  const failed = checks.find((view) => view?.check && view.check.result !== 'ok')
  if (failed) return { look: statusLooks.Failed, detail: `The ${failed.role} does not answer as it should` }
  if (checks.some((view) => !view?.check)) return { look: todo, detail: 'Connections are not tested' }
  if (checks.some((view) => !view?.checkIsCurrent))
    return {
      look: { word: 'Outdated', tone: 'warn', icon: 'clock' } as Look,
      detail: 'The config changed since',
    }
  return {
    look: { word: 'Done', tone: 'good', icon: 'check' } as Look,
    detail: checks.length > 1 ? 'Both clusters answer' : 'The target answers',
  }
}

/** The clusters that are there to be tested; of one that is not configured nothing is expected. */
function configured({ hasSource, hasRepository, source, target }: Facts) {
  return hasSource || !hasRepository ? [source, target] : [target]
}

function metadataStep({ metadata }: Facts) {
  if (!metadata) return { look: unknown, detail: '', percent: null }
  const { run, status, progress, items } = metadata
  const percent = isTerminal(status) ? null : (progress?.percent ?? null)
  if (!run) return { look: todo, detail: 'Not evaluated', percent }
  const what = isDryRun(run) ? 'Evaluation' : 'Migration'
  const done = isTerminal(status) ? `: ${formatNumber(items.ok)} OK` : ''
  const warned = items.warning > 0 ? `, ${plural(items.warning, 'warning')}` : ''
  const failed = items.failed > 0 ? `, ${formatNumber(items.failed)} failed` : ''
  const look =
    isDryRun(run) && status === 'Completed'
      ? ({ ...statusLooks.Completed, word: 'Evaluated', tone: 'calm' } as Look)
      : statusLooks[status]
  return { look, detail: `${what}${done}${warned}${failed}`, percent }
}

export function isDryRun(run: { params: Record<string, unknown> }): boolean {
  return run.params.dryRun !== false
}

/** The one thing to do now. */
export function nextStep(facts: Facts): NextStep {
  const { version, valid, hasSource, hasTarget, hasRepository } = facts
  if (facts.backfill?.run && !isTerminal(statusOf(facts.backfill.phase))) return afterStart(facts.backfill)
  if (version === 0 || !hasTarget || !(hasSource || hasRepository))
    return {
      title: 'Name both clusters',
      why: 'Nothing can be tested or started before source and target are known. A repository with a snapshot may stand in for the source.',
      doing: 'configure',
      label: 'Configure',
    }
  if (valid === false)
    return {
      title: 'Mend the draft',
      why: `The config has ${plural(facts.errors, 'error')}, and nothing starts from a draft.`,
      doing: 'configure',
      label: 'Go to the errors',
    }
  const bad = configured(facts).find(
    (view) => view?.check && view.check.result !== 'ok' && view.checkIsCurrent,
  )
  if (bad)
    return {
      title: `Mend the connection to the ${bad.role}`,
      why: bad.check?.remedy ?? bad.check?.message ?? '',
      doing: 'configure',
      label: 'Configure',
    }
  if (configured(facts).some((view) => view && (!view.check || !view.checkIsCurrent))) {
    const what = configured(facts).length > 1 ? 'Test both connections' : 'Test the connection to the target'
    return { title: what, why: 'It takes a second and writes nothing.', doing: 'test', label: what }
  }
  if (facts.backfill?.phase === 'Completed' && facts.validate)
    return validateNext(facts.validate, facts.backfill)
  if (facts.backfill?.run) return afterStart(facts.backfill)
  return metadataNext(facts)
}

function metadataNext({ metadata, snapshot, backfill, hasSource }: Facts): NextStep {
  const none: NextStep = { title: 'Reading the state…', why: '', doing: 'none', label: '' }
  if (!metadata) return none
  const { run, status, items } = metadata
  if (!run && !hasSource)
    return {
      title: 'Evaluate the metadata of a snapshot',
      why: 'No source is configured, so templates and indexes are read from a snapshot. It writes nothing.',
      doing: 'metadata',
      label: 'Choose a snapshot',
    }
  if (!run)
    return {
      title: 'Evaluate the metadata',
      why: 'Says item by item what a migration would do. It writes nothing.',
      doing: 'evaluate',
      label: 'Evaluate',
    }
  if (!isTerminal(status))
    return {
      title: isDryRun(run) ? 'The evaluation is running' : 'The migration of metadata is running',
      why: 'Nothing to do but watch.',
      doing: 'metadata',
      label: 'Watch it',
    }
  if (items.failed > 0 || status === 'Failed')
    return {
      title: 'Look at what failed',
      why:
        items.failed > 0
          ? `${plural(items.failed, 'item')} failed, each with the target's own error and a remedy.`
          : (run.error?.message ?? ''),
      doing: 'metadata',
      label: 'Review',
    }
  if (status === 'Stopped')
    return {
      title: 'Start the metadata again',
      why: 'The last run was stopped. What is done already is not done twice.',
      doing: 'metadata',
      label: 'Metadata',
    }
  if (isDryRun(run))
    return {
      title: 'Review and migrate the metadata',
      why: 'The evaluation has ended. Read what would change, then migrate.',
      doing: 'metadata',
      label: 'Review and migrate',
    }
  if (snapshot && backfill) return documentsNext(snapshot, backfill)
  return {
    title: 'The metadata has arrived',
    why: 'Every template, index and alias that was chosen is on the target.',
    doing: 'metadata',
    label: 'See the items',
  }
}

// Validation as a step of a migration.
import type { BackfillStatus, LightStatus } from '../api/client.ts'
import { formatNumber, plural } from './format.ts'
import type { NextStep, Step } from './next-step.ts'
import { isTerminal, type Look, statusLooks } from './states.ts'

const unknown: Look = { word: 'Unknown', tone: 'calm', icon: 'question' }

export function validateStep(validate: LightStatus | undefined): Step {
  const step = { key: 'validate', title: 'Validate', page: '/validate' }
  if (!validate) return { ...step, look: unknown, detail: '', percent: null }
  const { run, status, progress, items } = validate
  const percent = isTerminal(status) ? null : (progress?.percent ?? null)
  if (!run) return { ...step, look: statusLooks.NotStarted, detail: 'Nothing validated yet', percent }
  const failed = items.failed > 0 ? `, ${formatNumber(items.failed)} failed` : ''
  const warned = items.warning > 0 ? `, ${plural(items.warning, 'warning')}` : ''
  return {
    ...step,
    look: statusLooks[status],
    detail: `${formatNumber(items.ok)} passed${warned}${failed}`,
    percent,
  }
}

const asked = ({ run }: LightStatus): unknown[] =>
  Array.isArray(run?.params.checks) ? run.params.checks : []

/** What comes after every document has arrived: the proof that it did. */
export function validateNext(validate: LightStatus, backfill: BackfillStatus): NextStep {
  const go = (title: string, why: string, label: string): NextStep => ({
    title,
    why,
    doing: 'validate',
    label,
  })
  const { run, status, items } = validate
  if (run && !isTerminal(status))
    return go('The validation is running', 'Nothing to do but watch.', 'Watch it')
  const isNewer = run && Date.parse(run.createdAt) > Date.parse(backfill.run?.finishedAt ?? '')
  if (!run || !isNewer || !asked(validate).includes('documents'))
    return go(
      'Prove that everything arrived',
      'Compare counts, metadata and every document; the certificate says index by index that nothing is missing.',
      'Validate',
    )
  if (status === 'Completed')
    return go(
      'The migration is proven',
      'Every check passed. The certificate can be handed on and verified without us.',
      'See the proof',
    )
  if (status === 'Stopped')
    return go('Go on with the validation', 'It was stopped. What it had read is kept.', 'Validate')
  return go(
    'Look at what the validation found',
    items.failed > 0
      ? `${plural(items.failed, 'check')} failed or could not be made, each with evidence and a remedy.`
      : (run.error?.message ?? ''),
    'Review',
  )
}

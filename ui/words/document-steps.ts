// Snapshot and backfill as steps of a migration.
import type { BackfillStatus, SnapshotStatus } from '../api/client.ts'
import { accountFor, phaseLooks, statusOf } from './backfill.ts'
import { formatCount, plural } from './format.ts'
import type { NextStep, Step } from './next-step.ts'
import { isTerminal, type Look, statusLooks } from './states.ts'

const unknown: Look = { word: 'Unknown', tone: 'calm', icon: 'question' }

export function snapshotStep(snapshot: SnapshotStatus | undefined): Step {
  const step = { key: 'snapshot', title: 'Snapshot', page: '/snapshot' }
  if (!snapshot) return { ...step, look: unknown, detail: '', percent: null }
  const { status, progress, run, indexes } = snapshot
  const percent = isTerminal(status) ? null : (progress?.percent ?? null)
  const partial = indexes.filter(({ state }) => state === 'partial').length
  const name = run ? String(run.params.snapshot) : ''
  const detail = partial > 0 ? `${name}: ${plural(partial, 'index', 'indexes')} without some shards` : name
  return { ...step, look: statusLooks[status], detail: run ? detail : 'None taken here', percent }
}

export function backfillStep(backfill: BackfillStatus | undefined): Step {
  const step = { key: 'backfill', title: 'Backfill', page: '/backfill' }
  if (!backfill) return { ...step, look: unknown, detail: '', percent: null }
  const { phase, run, progress, waitingFor } = backfill
  const open = !isTerminal(statusOf(phase))
  const failed = progress.documents.failed > 0 ? `, ${formatCount(progress.documents.failed)} failed` : ''
  const documents = `${formatCount(progress.documents.done)} of ${formatCount(progress.documents.total)} documents${failed}`
  const counting = open && progress.percent === null ? 'Counting' : ''
  const detail = run ? (waitingFor?.detail ?? (counting || documents)) : 'Not started'
  return { ...step, look: phaseLooks[phase], detail, percent: open ? progress.percent : null }
}

/** What comes after the metadata has arrived. */
export function documentsNext(snapshot: SnapshotStatus, backfill: BackfillStatus): NextStep {
  if (backfill.run) return afterStart(backfill)
  if (!isTerminal(snapshot.status))
    return {
      title: 'The snapshot is being taken',
      why: 'The backfill reads from it when it is done.',
      doing: 'snapshot',
      label: 'Watch it',
    }
  if (snapshot.status === 'Failed')
    return {
      title: 'Look at why the snapshot failed',
      why: snapshot.run?.error?.message ?? '',
      doing: 'snapshot',
      label: 'Snapshot',
    }
  if (!snapshot.run || snapshot.status === 'Stopped')
    return {
      title: 'Take a snapshot, or choose one',
      why: 'Documents are read from a snapshot, so that the source does not carry the load.',
      doing: 'snapshot',
      label: 'Snapshot',
    }
  return {
    title: 'Start the backfill',
    why: `The snapshot ${String(snapshot.run.params.snapshot)} is there. A trial run shows in a minute whether it works.`,
    doing: 'backfill',
    label: 'Plan the backfill',
  }
}

/** What a backfill that was started needs. */
export function afterStart({ phase, run, indexes, progress, waitingFor }: BackfillStatus): NextStep {
  const go = (title: string, why: string, label: string): NextStep => ({
    title,
    why,
    doing: 'backfill',
    label,
  })
  const { missing } = accountFor(indexes)
  if (phase === 'Paused')
    return go('Resume the backfill', waitingFor?.detail ?? 'It is paused; everything is kept.', 'Backfill')
  if (!isTerminal(statusOf(phase)))
    return go('The backfill is running', waitingFor?.detail ?? 'Nothing to do but watch.', 'Watch it')
  if (phase === 'Failed') return go('Look at why the backfill failed', run?.error?.message ?? '', 'Backfill')
  if (phase === 'Stopped')
    return go('Go on with the backfill', 'It was stopped. Its checkpoints are kept.', 'Backfill')
  if (phase === 'CompletedWithErrors')
    return go(
      'Look at what failed',
      `${plural(progress.documents.failed, 'document')} failed${missing ? `, ${formatCount(missing)} not accounted for` : ''}.`,
      'Review',
    )
  return go(
    'The documents have arrived',
    'Every document of the plan is accounted for.',
    'See the accounting',
  )
}

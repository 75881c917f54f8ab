// The plan as the form holds it, and as the API takes it.
import type { BackfillPlan, Run, SnapshotRef } from '../../api/client.ts'
import { selectionOf } from '../../words/selection.ts'

/** The parameters of a run; what is not there is not known. */
export function planOf(run: Run | null | undefined): Partial<BackfillPlan> {
  return Object(run?.params.plan)
}

export function snapshotOf(run: Run | null | undefined): SnapshotRef {
  return { repository: 'unknown', snapshot: 'unknown', ...Object(run?.params.snapshotRef) }
}

export type Draft = {
  snapshot: string
  include: string
  exclude: string
  workers: string
  existing: string
  order: string
  trial: boolean
  documentsPerShard: string
  indexPrefix: string
  failedDocuments: string
  documentsPerSecond: string
  megabytesPerSecond: string
  batchMegabytes: string
  concurrency: string
  allowPartial: boolean
  tuneTarget: boolean
  /** Where the run waits for a person, in its own order. */
  gates: Gate[]
  resume: boolean
}

export type Gate = BackfillPlan['gates'][number]
const GATES: Gate[] = ['begin', 'evaluated', 'switch']

/** The gates with one of them chosen or not. */
export function withGate(gates: Gate[], gate: Gate, chosen: boolean): Gate[] {
  return GATES.filter((other) => (other === gate ? chosen : gates.includes(other)))
}

const MB = 1_048_576
const text = (value: number | null | undefined, unit = 1) => (value ? String(value / unit) : '')

/** The form as the config has it. */
export function draftOf(config: Partial<BackfillPlan>): Draft {
  return {
    snapshot: '',
    include: '',
    exclude: '',
    workers: String(config.workers ?? 1),
    existing: config.existing ?? 'refuse',
    order: config.order ?? 'largestFirst',
    trial: false,
    documentsPerShard: '100',
    indexPrefix: 'trial-',
    failedDocuments: config.failedDocuments ?? 'full',
    documentsPerSecond: text(config.rateLimit?.documents),
    megabytesPerSecond: text(config.rateLimit?.bytes, MB),
    batchMegabytes: text(config.batchBytes ?? 10 * MB, MB),
    concurrency: String(config.concurrency ?? 4),
    allowPartial: config.allowPartial ?? false,
    tuneTarget: config.tuneTarget ?? false,
    gates: GATES.filter((gate) => config.gates?.includes(gate)),
    resume: false,
  }
}

/** Only what differs from the config, so that the config goes on to say the rest. */
export function planFrom(draft: Draft, config: Partial<BackfillPlan>, stopped?: Run): Partial<BackfillPlan> {
  const before = draftOf(config)
  const changed = (...keys: (keyof Draft)[]) => keys.some((key) => draft[key] !== before[key])
  const selection = selectionOf(draft)
  const plan = {
    ...(selection && { selection }),
    ...(changed('workers') && { workers: Number(draft.workers) }),
    ...(changed('existing') && { existing: draft.existing as BackfillPlan['existing'] }),
    ...(changed('order') && { order: draft.order as BackfillPlan['order'] }),
    ...(changed('failedDocuments') && {
      failedDocuments: draft.failedDocuments as BackfillPlan['failedDocuments'],
    }),
    ...(changed('documentsPerSecond', 'megabytesPerSecond') && { rateLimit: rateOf(draft) }),
    ...(changed('batchMegabytes') && { batchBytes: Math.round(Number(draft.batchMegabytes) * MB) }),
    ...(changed('concurrency') && { concurrency: Number(draft.concurrency) }),
    ...(changed('allowPartial') && { allowPartial: draft.allowPartial }),
    ...(changed('tuneTarget') && { tuneTarget: draft.tuneTarget }),
    ...(String(draft.gates) !== String(before.gates) && { gates: draft.gates }),
    ...(draft.trial && {
      trial: { documentsPerShard: Number(draft.documentsPerShard), indexPrefix: draft.indexPrefix },
    }),
  }
  // Going on is going on with the same plan; what is changed in the form lies over it.
  if (!draft.resume || !stopped) return plan
  const { resumeFrom: _, ...same } = planOf(stopped)
  return { ...same, ...plan, resumeFrom: stopped.id }
}

export function rateOf(draft: Pick<Draft, 'documentsPerSecond' | 'megabytesPerSecond'>) {
  const documents = Number(draft.documentsPerSecond) || null
  const bytes = Math.round(Number(draft.megabytesPerSecond) * MB) || null
  return documents === null && bytes === null ? null : { documents, bytes }
}

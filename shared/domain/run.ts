import * as v from 'valibot'

export const RunId = v.pipe(v.string(), v.uuid('Expected a UUID'), v.metadata({ ref: 'RunId' }))
export type RunId = v.InferOutput<typeof RunId>

export const actions = ['snapshot', 'metadata', 'backfill', 'validate', 'capture', 'replay'] as const
export const Action = v.pipe(v.picklist(actions), v.metadata({ ref: 'Action' }))
export type Action = v.InferOutput<typeof Action>

export const runStates = [
  'Pending',
  'Running',
  'Paused',
  'Stopping',
  'Stopped',
  'Completed',
  'CompletedWithErrors',
  'Failed',
] as const
export const RunState = v.pipe(v.picklist(runStates), v.metadata({ ref: 'RunState' }))
export type RunState = v.InferOutput<typeof RunState>

/** The words of a `…/status` answer: a run's state, or that there is none, or that it cannot be known. */
export const Status = v.pipe(
  v.picklist(['NotStarted', ...runStates, 'Unknown']),
  v.metadata({ ref: 'Status' }),
)
export type Status = v.InferOutput<typeof Status>

/** How far a run is. `percent` is null while the total is not known; it is never guessed. */
export const Progress = v.pipe(
  v.strictObject({
    percent: v.nullable(v.number()),
    done: v.number(),
    total: v.nullable(v.number()),
    unit: v.string(),
    message: v.nullable(v.string()),
    updatedAt: v.string(),
  }),
  v.metadata({ ref: 'Progress' }),
)
export type Progress = v.InferOutput<typeof Progress>

export const Outcome = v.pipe(
  v.picklist(['ok', 'skipped', 'warning', 'failed']),
  v.metadata({ ref: 'Outcome' }),
)
export type Outcome = v.InferOutput<typeof Outcome>

export const OutcomeCounts = v.pipe(
  v.strictObject({ ok: v.number(), skipped: v.number(), warning: v.number(), failed: v.number() }),
  v.metadata({ ref: 'OutcomeCounts' }),
)
export type OutcomeCounts = v.InferOutput<typeof OutcomeCounts>

export const ItemKind = v.pipe(
  v.picklist([
    'cluster',
    'legacyTemplate',
    'componentTemplate',
    'indexTemplate',
    'ingestPipeline',
    'index',
    'alias',
    'shard',
    'check',
  ]),
  v.metadata({ ref: 'ItemKind' }),
)
export type ItemKind = v.InferOutput<typeof ItemKind>

/** One key we removed or changed on purpose, so that drift later can tell it from an accident. */
export const RecordedChange = v.pipe(
  v.strictObject({
    /** Dotted path in the object's body, e.g. `mappings.properties.title.type`. */
    path: v.string(),
    change: v.picklist(['removed', 'changed', 'added']),
    from: v.optional(v.unknown()),
    to: v.optional(v.unknown()),
    /** The rule's id, e.g. `string-to-text`, or `target-refused`. */
    rule: v.string(),
    reason: v.string(),
  }),
  v.metadata({ ref: 'RecordedChange' }),
)
export type RecordedChange = v.InferOutput<typeof RecordedChange>

/** What happened to one thing, in enough detail to act on it. */
export const ItemDetail = v.pipe(
  v.strictObject({
    /** What was or would be done: create, unchanged, exists (with drift), skip, fail. */
    action: v.picklist(['create', 'unchanged', 'differs', 'skip', 'refused']),
    message: v.nullable(v.string()),
    rules: v.array(v.string()),
    changes: v.array(RecordedChange),
    /** Where an existing object differs from the transformed source; changes we recorded are not drift. */
    drift: v.array(
      v.strictObject({ path: v.string(), expected: v.optional(v.unknown()), found: v.optional(v.unknown()) }),
    ),
    /** The target's own answer, cut to 8 KiB. */
    targetError: v.nullable(
      v.strictObject({
        status: v.nullable(v.number()),
        type: v.nullable(v.string()),
        reason: v.string(),
        body: v.optional(v.unknown()),
      }),
    ),
    remedy: v.nullable(v.string()),
    before: v.optional(v.unknown()),
    after: v.optional(v.unknown()),
    attempts: v.number(),
  }),
  v.metadata({ ref: 'ItemDetail' }),
)
export type ItemDetail = v.InferOutput<typeof ItemDetail>

export const Severity = v.pipe(v.picklist(['info', 'warning', 'error']), v.metadata({ ref: 'Severity' }))
export const Origin = v.pipe(
  v.picklist(['source', 'target', 'repository', 'tool', 'engine', 'control', 'user']),
  v.metadata({ ref: 'Origin' }),
)
export type Origin = v.InferOutput<typeof Origin>

export const LogLevel = v.pipe(
  v.picklist(['debug', 'info', 'warn', 'error']),
  v.metadata({ ref: 'LogLevel' }),
)
export type LogLevel = v.InferOutput<typeof LogLevel>

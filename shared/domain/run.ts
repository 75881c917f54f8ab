// The nouns of an execution: run, progress, item, issue, artifact, log line.
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

export const Severity = v.pipe(v.picklist(['info', 'warning', 'error']), v.metadata({ ref: 'Severity' }))

/** `unknown`: it could not be found out, which is never a pass. `skipped`: by the user's own choice, or not applicable. */
export const CheckStatus = v.pipe(
  v.picklist(['pass', 'warn', 'fail', 'skipped', 'unknown']),
  v.metadata({ ref: 'CheckStatus' }),
)
export type CheckStatus = v.InferOutput<typeof CheckStatus>

/** One question that was asked of both clusters or the snapshot, its answer, and what the answer rests on. */
export const Check = v.pipe(
  v.strictObject({
    /** Which question, e.g. `counts.documents`. */
    id: v.string(),
    /** How bad it is where it does not pass. `error` is what loses data. */
    severity: Severity,
    /** What it is about, e.g. `index:orders`; null for the clusters as a whole. */
    scope: v.nullable(v.string()),
    status: CheckStatus,
    message: v.string(),
    evidence: v.record(v.string(), v.unknown()),
    remedy: v.nullable(v.string()),
  }),
  v.metadata({ ref: 'Check' }),
)
export type Check = v.InferOutput<typeof Check>

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
    /** Of an item of kind `check`. */
    check: v.optional(Check),
  }),
  v.metadata({ ref: 'ItemDetail' }),
)
export type ItemDetail = v.InferOutput<typeof ItemDetail>

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

export const RunError = v.pipe(
  v.strictObject({
    code: v.string(),
    message: v.string(),
    evidence: v.record(v.string(), v.unknown()),
    remedy: v.nullable(v.string()),
  }),
  v.metadata({ ref: 'RunError' }),
)
export type RunError = v.InferOutput<typeof RunError>

/** Why an open run is slower than it could be, or still. */
export const WaitingFor = v.pipe(
  v.strictObject({ code: v.string(), since: v.string(), detail: v.string() }),
  v.metadata({ ref: 'WaitingFor' }),
)
export type WaitingFor = v.InferOutput<typeof WaitingFor>

/** One execution of an action. A finished run never changes. */
export const Run = v.pipe(
  v.strictObject({
    id: RunId,
    sessionId: v.string(),
    action: Action,
    state: RunState,
    params: v.record(v.string(), v.unknown()),
    configVersion: v.number(),
    retryOf: v.nullable(RunId),
    requestedBy: v.string(),
    reason: v.nullable(v.string()),
    workflow: v.nullable(v.record(v.string(), v.unknown())),
    progress: v.nullable(Progress),
    result: v.nullable(v.record(v.string(), v.unknown())),
    error: v.nullable(RunError),
    createdAt: v.string(),
    startedAt: v.nullable(v.string()),
    finishedAt: v.nullable(v.string()),
    updatedAt: v.string(),
    lastProgressAt: v.nullable(v.string()),
    waitingFor: v.nullable(WaitingFor),
  }),
  v.metadata({ ref: 'Run' }),
)
export type Run = v.InferOutput<typeof Run>

export const RunItem = v.pipe(
  v.strictObject({
    kind: ItemKind,
    name: v.string(),
    outcome: Outcome,
    detail: ItemDetail,
    updatedAt: v.string(),
  }),
  v.metadata({ ref: 'RunItem' }),
)
export type RunItem = v.InferOutput<typeof RunItem>

/** A problem found by a run, with evidence and remedy; the same one again is counted. */
export const Issue = v.pipe(
  v.strictObject({
    id: v.number(),
    code: v.string(),
    severity: Severity,
    origin: Origin,
    retryable: v.boolean(),
    scope: v.nullable(v.string()),
    message: v.string(),
    evidence: v.record(v.string(), v.unknown()),
    remedy: v.nullable(v.string()),
    count: v.number(),
    firstSeenAt: v.string(),
    lastSeenAt: v.string(),
  }),
  v.metadata({ ref: 'Issue' }),
)
export type Issue = v.InferOutput<typeof Issue>

/** A file that a run produced. `href` is an absolute path, fetched with the same token. */
export const Artifact = v.pipe(
  v.strictObject({
    name: v.string(),
    mediaType: v.string(),
    size: v.number(),
    sha256: v.string(),
    href: v.string(),
    createdAt: v.string(),
  }),
  v.metadata({ ref: 'Artifact' }),
)
export type Artifact = v.InferOutput<typeof Artifact>

export const LogLine = v.pipe(
  v.strictObject({
    id: v.number(),
    at: v.string(),
    level: LogLevel,
    worker: v.nullable(v.string()),
    message: v.string(),
    fields: v.record(v.string(), v.unknown()),
  }),
  v.metadata({ ref: 'LogLine' }),
)
export type LogLine = v.InferOutput<typeof LogLine>

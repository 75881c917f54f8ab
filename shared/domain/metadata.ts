// Moving metadata: what a user may ask, what the tool is given, what it answers.
import { RE2JS } from 're2js'
import * as v from 'valibot'
import type { CheckedRepository } from './backfill.ts'
import { type ClusterConnection, ClusterVersion } from './cluster.ts'
import { ItemKind, OutcomeCounts } from './run.ts'
import { Selection } from './selection.ts'
import { SnapshotRef } from './snapshot-ref.ts'

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(255))
const expression = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(512),
  v.check(isExpression, 'Expected an RE2 expression'),
)

function isExpression(text: string): boolean {
  try {
    RE2JS.compile(text)
    return true
  } catch {
    return false
  }
}

/** Where the types of an Elasticsearch 5 or 6 index go. Without it they are united into the index of the same name. */
export const MultiTypes = v.pipe(
  v.strictObject({
    /** Index → type → target index. A type that is not named is dropped. */
    static: v.optional(v.record(name, v.record(name, name))),
    /** The first that fits both whole names decides; `$1`… in `target` are its groups, in order. */
    patterns: v.optional(
      v.pipe(
        v.array(v.strictObject({ index: expression, type: expression, target: name })),
        v.maxLength(100),
      ),
    ),
  }),
  v.metadata({ ref: 'MultiTypes' }),
)
export type MultiTypes = v.InferOutput<typeof MultiTypes>

/**
 * User JavaScript that changes bodies on their way. `code` evaluates to a function, or declares one named
 * `transform`: `(item: {type, name, body}) => item | item[] | null`. It runs in a sandbox without any access.
 */
export const UserTransform = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
    code: v.pipe(v.string(), v.minLength(1), v.maxLength(65_536)),
  }),
  v.metadata({ ref: 'UserTransform' }),
)
export type UserTransform = v.InferOutput<typeof UserTransform>

/** What `POST …/metadata/start` may be given. */
export const MetadataParams = v.pipe(
  v.strictObject({
    /** True evaluates: everything short of a write. */
    dryRun: v.optional(v.boolean(), true),
    /** Read from the files of this snapshot instead of the source; then no source need be configured. */
    snapshotRef: v.optional(SnapshotRef),
    /** Which indexes; their aliases go with them. */
    selection: v.optional(Selection),
    /** Which legacy and composable index templates. */
    templates: v.optional(Selection),
    componentTemplates: v.optional(Selection),
    pipelines: v.optional(Selection),
    /** Number of zones replicas are spread over; read from the target when absent. */
    awarenessAttributes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))),
    multiTypes: v.optional(MultiTypes),
    transforms: v.optional(v.pipe(v.array(UserTransform), v.maxLength(20))),
    /** A pattern that matches nothing is an error unless this is true. */
    allowEmpty: v.optional(v.boolean(), false),
    concurrency: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32)), 8),
  }),
  v.metadata({ ref: 'MetadataParams' }),
)
export type MetadataParams = v.InferOutput<typeof MetadataParams>

export const ItemReference = v.strictObject({ kind: ItemKind, name: v.string() })
export type ItemReference = v.InferOutput<typeof ItemReference>

/** A snapshot to read instead of a running source, with the access to its repository. */
export type SnapshotSource = { repository: CheckedRepository; snapshot: string }

/** What the tool is given: resolved connections with credentials, so it lives in memory only. */
export type MetadataAssignment = {
  dryRun: boolean
  source: ClusterConnection | SnapshotSource
  target: ClusterConnection
  params: v.InferInput<typeof MetadataParams>
  /** Only these: the items of an earlier run that failed. */
  only?: ItemReference[]
  /** Already told in this run, before a crash: not done again. */
  finished?: ItemReference[]
}

const ClusterAnswer = v.strictObject({ endpoint: v.string(), version: ClusterVersion })
/** `endpoint` is the place of the repository where `snapshot` names what was read. */
const SourceAnswer = v.strictObject({ ...ClusterAnswer.entries, snapshot: v.nullable(v.string()) })

/** What the source has and this tool does not move. `count` is null where it could not be read: unknown, never zero. */
export const NotMigrated = v.pipe(
  v.strictObject({
    kind: v.string(),
    title: v.string(),
    count: v.nullable(v.number()),
    /** The first 50 names. */
    names: v.array(v.string()),
    /** Why the count is not known. */
    unknown: v.nullable(v.string()),
  }),
  v.metadata({ ref: 'NotMigrated' }),
)
export type NotMigrated = v.InferOutput<typeof NotMigrated>

export const MetadataResult = v.pipe(
  v.strictObject({
    dryRun: v.boolean(),
    clusters: v.strictObject({ source: SourceAnswer, target: ClusterAnswer }),
    /** Items told by this execution, per kind and outcome. */
    items: v.record(v.string(), OutcomeCounts),
    /** Items a crashed execution of the same run had told already. */
    finishedBefore: v.number(),
    /** Skipped names beyond those listed as items. */
    skippedNotListed: v.number(),
    /** Rules that changed something, and how many items each changed. */
    rules: v.array(v.strictObject({ id: v.string(), title: v.string(), items: v.number() })),
    /** Patterns that matched nothing, where `allowEmpty` let them. */
    unmatched: v.array(v.strictObject({ selection: v.string(), pattern: v.string() })),
    notMigrated: v.array(NotMigrated),
  }),
  v.metadata({ ref: 'MetadataResult' }),
)
export type MetadataResult = v.InferOutput<typeof MetadataResult>

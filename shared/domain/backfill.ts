// Moving documents: what a user may plan, what the worker is given, what a backfill says of itself.
import * as v from 'valibot'
import { Gate } from './approval.ts'
import type { ClusterConnection } from './cluster.ts'
import { UserTransform } from './metadata.ts'
import { RunId } from './run.ts'
import { Selection } from './selection.ts'

const count = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

/** What may change while a backfill runs. Rates are per second, over all workers; null is no limit. */
export const Knobs = v.pipe(
  v.strictObject({
    /** Uncompressed bytes of one bulk request. */
    batchBytes: v.optional(count(1_024, 104_857_600), 10_485_760),
    /** Bulk requests of one worker under way at once; the worker itself goes lower when the target asks for it. */
    concurrency: v.optional(count(1, 64), 4),
    rateLimit: v.optional(
      v.nullable(
        v.strictObject({
          documents: v.optional(v.nullable(v.pipe(v.number(), v.minValue(1))), null),
          bytes: v.optional(v.nullable(v.pipe(v.number(), v.minValue(1_024))), null),
        }),
      ),
      null,
    ),
  }),
  v.metadata({ ref: 'Knobs' }),
)
export type Knobs = v.InferOutput<typeof Knobs>

export const ExistingDocuments = v.picklist(['refuse', 'overwrite', 'skip'])

/** How a backfill is to be done; every field has a default. */
export const BackfillPlan = v.pipe(
  v.strictObject({
    ...Knobs.entries,
    workers: v.optional(count(1, 256), 1),
    selection: v.optional(Selection),
    /** A trial moves some documents of each shard into indexes with a prefix. */
    trial: v.optional(
      v.strictObject({
        documentsPerShard: count(1, 1_000_000),
        indexPrefix: v.pipe(
          v.string(),
          v.regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'Expected lower-case letters, digits, "-" or "_"'),
        ),
      }),
    ),
    /** What to do where the target index holds documents that this session did not write. */
    existing: v.optional(ExistingDocuments, 'refuse'),
    /** Which indexes come first; within an index the largest work item does. */
    order: v.optional(v.picklist(['largestFirst', 'newestFirst', 'oldestFirst']), 'largestFirst'),
    /** Whether failed documents are kept with their bodies or by id only. */
    failedDocuments: v.optional(v.picklist(['full', 'idsOnly']), 'full'),
    /** An earlier, stopped run of this session whose checkpoints are gone on with. */
    resumeFrom: v.optional(RunId),
    /** Where the run waits for a person's approval. */
    gates: v.optional(v.pipe(v.array(Gate), v.maxLength(3)), []),
    transforms: v.optional(v.pipe(v.array(UserTransform), v.maxLength(20))),
    /** Refresh off and no replicas on the target while documents are written; always put back. */
    tuneTarget: v.optional(v.boolean(), false),
    /** A filter that matches nothing is an error unless this is true. */
    allowEmpty: v.optional(v.boolean(), false),
    /** A snapshot without some shards of the chosen indexes is an error unless this is true. */
    allowPartial: v.optional(v.boolean(), false),
    /** Stored bytes after which a shard is split into several work items. */
    splitBytes: v.optional(count(1_048_576, 107_374_182_400), 268_435_456),
  }),
  v.metadata({ ref: 'BackfillPlan' }),
)
export type BackfillPlan = v.InferOutput<typeof BackfillPlan>

/**
 * Key in `_meta` of the mapping of an index that a trial created, with the id of its session as value: what tells it
 * from an index that was there before, and from one that somebody made later.
 */
export const TRIAL_MARK = 'migration_assistant_trial_of'

/** Where a snapshot repository is, with its credentials: for the moment of use. */
export type RepositoryAccess =
  | { type: 'fs'; path: string }
  | {
      type: 's3'
      bucket: string
      prefix: string
      region?: string
      endpoint?: string
      pathStyle?: boolean
      /** Absent: the ambient role, only where `MA_CLOUD_ALLOW` lists the endpoint. */
      credentials?: {
        accessKeyId: string
        secretAccessKey: string
        sessionToken?: string
        expiresAt?: string
      }
    }

/** As `LookupFunction` of `node:net`, which not every runtime has. */
type Lookup = (
  hostname: string,
  options: { all?: boolean },
  done: (
    error: Error | null,
    address: string | { address: string; family: number }[],
    family?: number,
  ) => void,
) => void

/** An access that a door allows. `lookup` resolves names to addresses that its rules allow, at each connection. */
export type CheckedRepository = RepositoryAccess & { lookup?: Lookup }

/** What `GET /runs/{run}/assignment` gives a backfill tool. */
export type BackfillAssignment = {
  run: { id: string; sessionId: string }
  repository: RepositoryAccess
  snapshot: string
  plan: BackfillPlan
  target: ClusterConnection
  /** When keys in it run out, ISO 8601; null where none do. A worker checks out before, and the next one gets new ones. */
  expiresAt: string | null
  /** Target indexes that earlier runs of this session wrote into: their documents are ours. */
  written: string[]
  /** The run whose failures this one does again: those of one group, document by document, or all, part by part. */
  retry: { of: string; group: string | null } | null
}

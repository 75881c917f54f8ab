// Validators: what may be asked, what the tool is given, what it answers.
import * as v from 'valibot'
import { BackfillPlan, type CheckedRepository } from './backfill.ts'
import type { ClusterConnection } from './cluster.ts'
import type { Repository } from './config.ts'
import type { MetadataParams } from './metadata.ts'
import { type CheckStatus, RunId } from './run.ts'
import { Selection } from './selection.ts'

const count = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

export const checkNames = ['preflight', 'counts', 'sample', 'documents', 'drift', 'queries'] as const
/** `documents` compares every document and is done by workers; the others are done within a job. */
export const CheckName = v.pipe(v.picklist(checkNames), v.metadata({ ref: 'CheckName' }))
export type CheckName = v.InferOutput<typeof CheckName>

/** A search of the user's own, asked on both sides. */
export const SampleQuery = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
    /** Index, alias or pattern that is searched. */
    index: v.pipe(v.string(), v.minLength(1), v.maxLength(1_000)),
    /** The body of `_search`. */
    body: v.optional(v.record(v.string(), v.unknown()), {}),
    /** How many of the first hits are compared. */
    topK: v.optional(count(0, 1_000), 10),
    /** Share of the first hits that both sides must have in common. */
    minOverlap: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
  }),
  v.metadata({ ref: 'SampleQuery' }),
)
export type SampleQuery = v.InferOutput<typeof SampleQuery>

/** How a validation is to be done; every field has a default. */
export const ValidatePlan = v.pipe(
  v.strictObject({
    /** Which indexes; those of the last backfill when absent. */
    selection: v.optional(Selection),
    /** Documents of each index that `sample` compares. */
    sampleSize: v.optional(count(1, 10_000), 100),
    queries: v.optional(v.pipe(v.array(SampleQuery), v.maxLength(200))),
    /** Processes that compare documents at once. */
    workers: v.optional(count(1, 64), 1),
    /** Reads of one worker under way at once; it does no more than eight, for its memory. */
    concurrency: v.optional(count(1, 64), 4),
    /** Per second and over all workers, on each side; null is no limit. */
    rateLimit: BackfillPlan.entries.rateLimit,
    /**
     * Stored bytes after which a segment of the snapshot is split into several work items. One that is split is read
     * once more for its checksum, and the target's shard on the other side is one item. 5 GB is what a merge makes by itself.
     */
    splitBytes: v.optional(count(1_048_576, 107_374_182_400), 5_368_709_120),
    /** How long a target keeps the view that is read from while nobody reads, in seconds. */
    keepAliveSeconds: v.optional(count(10, 3_600), 120),
    /** An earlier, stopped run of this session whose finished parts are gone on with. */
    resumeFrom: v.optional(RunId),
    /** A filter that matches nothing is an error unless this is true. */
    allowEmpty: v.optional(v.boolean(), false),
  }),
  v.metadata({ ref: 'ValidatePlan' }),
)
export type ValidatePlan = v.InferOutput<typeof ValidatePlan>

const { resumeFrom: _, ...validateOptions } = ValidatePlan.entries
/** What a config keeps of it, below what a start asks for. */
export const ValidateOptions = v.pipe(v.strictObject(validateOptions), v.metadata({ ref: 'ValidateOptions' }))

/** What a validation was asked, as its run keeps it. */
export const ValidateParams = v.pipe(
  v.strictObject({
    checks: v.pipe(v.array(CheckName), v.minLength(1, 'Expected at least one check'), v.maxLength(6)),
    plan: v.optional(ValidatePlan, {}),
  }),
  v.metadata({ ref: 'ValidateParams' }),
)
export type ValidateParams = v.InferOutput<typeof ValidateParams>

/** What the last backfill says of one index. */
export type BackfilledIndex = {
  name: string
  targetName: string
  expected: number
  written: number
  rejected: number
  skipped: number
  existing: number | null
}

/** What the last backfill of the session did, by which a difference is explained. */
export type BackfillFacts = {
  runId: string
  state: string
  finishedAt: string | null
  plan: BackfillPlan
  indexes: BackfilledIndex[]
  /** Files of the run that hold the documents it could not write. */
  failedFiles: string[]
}

/** A repository as the source is told of it, and as it is read from here. */
export type ConfiguredRepository = { name: string; repository: Repository; access: CheckedRepository }

/** What the tool is given: resolved connections with credentials, so it lives in memory only. */
export type ValidateAssignment = {
  run: { id: string; sessionId: string }
  checks: CheckName[]
  plan: ValidatePlan
  source: ClusterConnection | null
  target: ClusterConnection
  /** The snapshot of the last backfill, or else of the last snapshot run; null before there is one. */
  snapshot: { repository: CheckedRepository; name: string } | null
  /** Of the config; none where they are not asked about. */
  repositories: ConfiguredRepository[]
  backfill: BackfillFacts | null
  /** What the last migration of metadata was asked, so that its changes are known for what they are. */
  metadata: v.InferInput<typeof MetadataParams>
  /** When keys of an ambient role that are in it run out; null where there are none. */
  expiresAt: string | null
}

export type ValidateResult = {
  checks: CheckName[]
  counts: Record<CheckStatus, number>
}

import * as v from 'valibot'
import { Cluster, SecretName } from './cluster.ts'
import { FieldError } from './field-error.ts'
import { MetadataParams } from './metadata.ts'
import { Selection } from './selection.ts'
import { ValidateOptions } from './validate.ts'

export const RepositoryName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/, 'Expected 1 to 64 letters, digits, "-" or "_"'),
)
const text = (max: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(max))

/** Where snapshots are kept. `path` is as this product reads it, `clusterPath` as the source cluster writes it. */
export const Repository = v.pipe(
  v.variant('type', [
    v.strictObject({ type: v.literal('fs'), path: text(4_096), clusterPath: v.optional(text(4_096)) }),
    v.strictObject({
      type: v.literal('s3'),
      bucket: text(255),
      prefix: v.optional(v.pipe(v.string(), v.maxLength(1_024))),
      region: v.optional(text(64)),
      endpoint: v.optional(
        v.pipe(v.string(), v.url('Expected an http or https address'), v.maxLength(2_048)),
      ),
      pathStyle: v.optional(v.boolean()),
      /** The role under which a managed source writes to the bucket. */
      roleArn: v.optional(text(2_048)),
      secret: v.optional(SecretName),
    }),
  ]),
  v.metadata({ ref: 'Repository' }),
)
export type Repository = v.InferOutput<typeof Repository>

/** What a metadata start may be given is kept here too, all but whether it has effects and what it reads. */
const { dryRun: _, snapshotRef: __, ...metadataOptions } = MetadataParams.entries
export const MetadataOptions = v.pipe(v.strictObject(metadataOptions), v.metadata({ ref: 'MetadataOptions' }))

/** Plans of actions that are kept with the config and merged below what a start asks for. */
const Plan = v.record(v.string(), v.unknown())

/** One document per version: everything that says what this migration is. */
export const ConfigDocument = v.pipe(
  v.strictObject({
    source: v.optional(Cluster),
    target: v.optional(Cluster),
    repositories: v.optional(v.record(RepositoryName, Repository)),
    selection: v.optional(Selection),
    metadata: v.optional(MetadataOptions),
    backfill: v.optional(Plan),
    validate: v.optional(ValidateOptions),
  }),
  v.metadata({ ref: 'ConfigDocument' }),
)
export type ConfigDocument = v.InferOutput<typeof ConfigDocument>

/** What may be saved: any JSON object. One that is not a `ConfigDocument` is a draft, labelled and not startable. */
export const ConfigDraft = v.pipe(v.record(v.string(), v.unknown()), v.metadata({ ref: 'ConfigDraft' }))

export const ConfigVersion = v.pipe(
  v.strictObject({
    version: v.number(),
    author: v.string(),
    createdAt: v.string(),
    valid: v.boolean(),
    errors: v.array(FieldError),
    document: ConfigDraft,
  }),
  v.metadata({ ref: 'ConfigVersion' }),
)
export type ConfigVersion = v.InferOutput<typeof ConfigVersion>

export const ConfigValidity = v.pipe(
  v.strictObject({ valid: v.boolean(), errors: v.array(FieldError) }),
  v.metadata({ ref: 'ConfigValidity' }),
)
export type ConfigValidity = v.InferOutput<typeof ConfigValidity>

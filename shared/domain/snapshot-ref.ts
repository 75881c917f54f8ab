import * as v from 'valibot'

/** One snapshot of a repository that the config names. */
export const SnapshotRef = v.pipe(
  v.strictObject({
    repository: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
    snapshot: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  }),
  v.metadata({ ref: 'SnapshotRef' }),
)
export type SnapshotRef = v.InferOutput<typeof SnapshotRef>

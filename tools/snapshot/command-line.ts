import type { Writable } from 'node:stream'
import { RepositoryError } from '../lucene/repository-error.ts'
import { type Arguments, chooseIndices, parseArguments, usage } from './arguments.ts'
import { describeIndices, type IndexDescription, listSnapshots } from './describe.ts'
import { documentLines } from './document-lines.ts'
import { Lines } from './lines.ts'
import { openBlobs } from './open-blobs.ts'
import { type ChosenSnapshot, openRepository, type Repository } from './repository.ts'
import { findSourceKind } from './source-kind.ts'

/** Exit codes of every tool (design §7). */
export type ExitCode = 0 | 1 | 2 | 3

type Streams = { stdout: Writable; stderr: Writable; signal: AbortSignal }

/** Runs one command: JSON lines on stdout, one JSON line per error on stderr. Never throws. */
export async function runCommand(args: string[], { stdout, stderr, signal }: Streams): Promise<ExitCode> {
  let failed = false
  const report = (error: object) => void stderr.write(`${JSON.stringify(error)}\n`)
  const lines = new Lines(stdout, signal)
  try {
    const parsed = parseArguments(args)
    if (parsed.command === 'help') await lines.text(usage)
    else
      await withRepository(parsed, signal, (repository) =>
        perform(parsed, repository, {
          lines,
          signal,
          onError: (error) => {
            failed = true
            report(error)
          },
          warn: report,
        }),
      )
    await lines.flush()
    return failed ? 1 : 0
  } catch (error) {
    await lines.flush().catch(() => {})
    if (signal.aborted) {
      report({ code: 'stopped', message: 'Reading was stopped' })
      return 3
    }
    if (!(error instanceof RepositoryError)) {
      report({ code: 'internal', message: error instanceof Error ? error.message : String(error) })
      return 1
    }
    report(error.toJSON())
    return error.code === 'invalid_input' ? 2 : 1
  }
}

async function withRepository(
  { repository: location }: Arguments,
  signal: AbortSignal,
  work: (repository: Repository) => Promise<void>,
): Promise<void> {
  const blobs = await openBlobs(location)
  try {
    await work(await openRepository(blobs, signal))
  } finally {
    await blobs.close()
  }
}

type Context = {
  lines: Lines
  signal: AbortSignal
  onError: (error: object) => void
  warn: (warning: object) => void
}

async function perform(args: Arguments, repository: Repository, context: Context): Promise<void> {
  const { lines, signal, onError, warn } = context
  for (const message of repository.warnings) warn({ code: 'repository_warning', message })
  if (args.command === 'list') {
    for await (const line of listSnapshots(repository, signal)) await lines.json(line)
    return
  }
  const snapshot = await repository.snapshot(chooseSnapshot(repository, args.snapshot), signal)
  const names = chooseIndices(snapshot.indices, args.selection)
  if (args.command === 'describe') {
    await describe(repository, snapshot, names, context)
    return
  }
  await warnOfSources(repository, snapshot, names, context)
  await refuseUnknownFormats(repository, snapshot, names, signal)
  const options = { withSource: args.source, signal, onError }
  for await (const line of documentLines(repository, snapshot, names, options)) await lines.json(line)
}

/** What cannot be had as bytes is said before the first document. */
async function warnOfSources(
  repository: Repository,
  snapshot: ChosenSnapshot,
  names: string[],
  { signal, warn }: Context,
): Promise<void> {
  for (const name of names) {
    const { kind, warnings } = findSourceKind(await repository.indexMetadata(snapshot, name, signal))
    if (kind !== 'enabled')
      warn({ code: `source_${kind}`, message: `Index "${name}": ${warnings.join('; ')}`, index: name })
  }
}

const unreadable = ['codec_unknown', 'format_newer', 'format_unsupported']

/** Opens every shard once, so that a format this reader does not have is found before the first document. */
async function refuseUnknownFormats(
  repository: Repository,
  snapshot: ChosenSnapshot,
  names: string[],
  signal: AbortSignal,
): Promise<void> {
  for (const name of names) {
    const metadata = await repository.indexMetadata(snapshot, name, signal)
    for (let shard = 0; shard < metadata.shards; shard++)
      await repository.shard(snapshot, metadata, shard, signal).catch((error: unknown) => {
        // What is damaged or missing is reported where it is met; the rest of the snapshot is still worth reading.
        if (!(error instanceof RepositoryError) || unreadable.includes(error.code)) throw error
      })
  }
}

async function describe(
  repository: Repository,
  snapshot: ChosenSnapshot,
  names: string[],
  { lines, signal, onError }: Context,
): Promise<void> {
  const indices: IndexDescription[] = []
  for await (const index of describeIndices(repository, snapshot, names, signal)) indices.push(index)
  const { info } = snapshot
  const total = indices.some((index) => index.documents === null)
    ? null
    : indices.reduce((sum, index) => sum + (index.documents ?? 0), 0)
  await lines.json({
    ...info,
    generation: repository.generation,
    documents: total,
    bytes: indices.reduce((sum, index) => sum + index.bytes, 0),
    notSelected: snapshot.indices.filter((name) => !names.includes(name)),
    indexes: indices,
    warnings: [
      ...repository.warnings,
      ...(info.state === 'SUCCESS' ? [] : [`the snapshot's state is ${info.state}`]),
      ...indices.flatMap((index) => index.warnings.map((warning) => `${index.name}: ${warning}`)),
    ],
  })
  for (const { shards } of indices) for (const { error } of shards) if (error) onError(error)
}

function chooseSnapshot(repository: Repository, name: string | undefined): string {
  if (name !== undefined) return name
  const names = repository.snapshots.map((snapshot) => snapshot.name)
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return only
  throw new RepositoryError(
    'invalid_input',
    `The repository has ${names.length} snapshots: choose one with --snapshot`,
    {
      expected: names.slice(0, 20).join(', '),
    },
  )
}

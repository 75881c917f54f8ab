// A snapshot as the source: settings, mappings, aliases and templates from the files of its repository, no cluster asked.
import { parseVersionText } from '../../shared/cluster/version.ts'
import type { ClusterVersion } from '../../shared/domain/cluster.ts'
import type { NotMigrated, SnapshotSource } from '../../shared/domain/metadata.ts'
import type { Report } from '../../shared/domain/report.ts'
import { RepositoryError } from '../lucene/repository-error.ts'
import { openBlobs } from '../snapshot/open-blobs.ts'
import { type ChosenSnapshot, openRepository, type Repository } from '../snapshot/repository.ts'
import { idOf } from './clusters.ts'
import type { BodyKind } from './draft.ts'
import { ToolFailure } from './failure.ts'
import { isElasticsearch } from './gates.ts'
import { type GlobalState, readGlobalState } from './global-state.ts'
import type { JsonObject } from './json.ts'
import { inParallel } from './pool.ts'
import { toJsonObject, withoutType } from './snapshot-values.ts'
import type { MetadataSource, Origin, SourceObject } from './source.ts'

/** Indexes whose files are read for one batch, and how many of these at once. */
const BATCH = 128
const AT_ONCE = 16

type Opened = { repository: Repository; chosen: ChosenSnapshot }

/** A snapshot in a repository. Failures of the repository are told as `ToolFailure` with the repository's own code. */
export function snapshotOrigin(
  { repository: access, snapshot }: SnapshotSource,
  report: Report,
  signal: AbortSignal,
): Origin {
  const endpoint =
    access.type === 'fs' ? access.path : `s3://${[access.bucket, access.prefix].filter(Boolean).join('/')}`
  let opening: Promise<Opened> | undefined
  const opened = () => {
    opening ??= told(() => open(access, snapshot, signal))
    return opening
  }
  let reading: Promise<GlobalState> | undefined
  const state = () => {
    reading ??= opened().then(({ repository, chosen }) => readGlobalState(repository, chosen, signal))
    return reading
  }
  return {
    endpoint,
    snapshot,
    version: async () => versionOf((await opened()).chosen),
    clusterId: async () => idOf((await state()).clusterUuid),
    open: (version) => new SnapshotMetadata(opened, state, { version, report, signal }),
    close: async () => {
      const held = await opening?.catch(() => undefined)
      await held?.repository.close()
    },
  }
}

async function open(
  access: SnapshotSource['repository'],
  snapshot: string,
  signal: AbortSignal,
): Promise<Opened> {
  const blobs = await openBlobs(access)
  try {
    const repository = await openRepository(blobs, signal)
    return { repository, chosen: await repository.snapshot(snapshot, signal) }
  } catch (error) {
    await blobs.close()
    throw error
  }
}

function versionOf({ info }: ChosenSnapshot): ClusterVersion {
  if (info.product === null || info.version === null)
    throw new ToolFailure(
      'snapshot_version_unknown',
      `The snapshot "${info.name}" does not say which version wrote it`,
      { remedy: 'Choose another snapshot' },
    )
  return parseVersionText(`${info.product} ${info.version.replace(/^(\d+\.\d+\.\d+).*$/, '$1')}`)
}

/** What is wrong with a repository, as this tool tells it. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof RepositoryError ? failureOf(error) : error
  }
}

function failureOf(error: RepositoryError): ToolFailure {
  const { code, message, remedy } = error
  return new ToolFailure(code, message, { remedy, evidence: error.toJSON(), cause: error })
}

type Reading = { version: ClusterVersion; report: Report; signal: AbortSignal }

class SnapshotMetadata implements MetadataSource {
  readonly #opened: () => Promise<Opened>
  readonly #state: () => Promise<GlobalState>
  readonly #reading: Reading
  readonly #typed: boolean
  #toldMissing = false

  constructor(opened: () => Promise<Opened>, state: () => Promise<GlobalState>, reading: Reading) {
    this.#opened = opened
    this.#state = state
    this.#reading = reading
    this.#typed = isElasticsearch(reading.version) && reading.version.major < 7
  }

  legacyTemplates = () => this.#global('legacyTemplate')
  componentTemplates = () => this.#global('componentTemplate')
  indexTemplates = () => this.#global('indexTemplate')
  pipelines = () => this.#global('ingestPipeline')

  async inventory(): Promise<NotMigrated[]> {
    return (await this.#state()).inventory(this.#reading.version)
  }

  async indexNames(): Promise<string[]> {
    const { chosen } = await this.#opened()
    return [...chosen.indices].sort()
  }

  async *indexes(names: readonly string[]): AsyncIterable<SourceObject[]> {
    const { signal } = this.#reading
    for (let at = 0; at < names.length; at += BATCH) {
      signal.throwIfAborted()
      const batch = names.slice(at, at + BATCH)
      yield await told(() => inParallel(batch, AT_ONCE, signal, (name) => this.#index(name)))
    }
  }

  async #index(name: string): Promise<SourceObject> {
    const { repository, chosen } = await this.#opened()
    try {
      const found = await repository.indexMetadata(chosen, name, this.#reading.signal)
      const file = `the metadata of index "${name}"`
      const mappings = toJsonObject(file, found.mappings)
      const body = {
        settings: toJsonObject(file, found.settings),
        mappings: this.#typed ? mappings : withoutType(mappings),
        aliases: toJsonObject(file, found.aliases),
      }
      return { ...this.#object('index', name, body), closed: found.state === 'close' }
    } catch (error) {
      if (!(error instanceof RepositoryError) || !damages.has(error.code)) throw error
      // One damaged file costs one index, which is told as failed.
      const { code, message, remedy = 'Take a new snapshot, or choose an older one' } = error
      const refusal = { code, message, remedy, evidence: error.toJSON() }
      return { ...this.#object('index', name, {}), refusal }
    }
  }

  #object(kind: BodyKind, name: string, body: JsonObject): SourceObject {
    return { kind, name, body, typed: this.#typed && kind !== 'ingestPipeline' }
  }

  async #global(kind: Exclude<BodyKind, 'index'>): Promise<SourceObject[]> {
    const state = await this.#state()
    if (state.failure !== null) throw failureOf(state.failure)
    if (!state.included) this.#tellMissing()
    return state.objects(kind, this.#typed).map(({ name, body }) => this.#object(kind, name, body))
  }

  /** Once, however many kinds are asked for. */
  #tellMissing(): void {
    if (this.#toldMissing) return
    this.#toldMissing = true
    this.#reading.report.issue({
      code: 'global_state_missing',
      severity: 'warning',
      origin: 'repository',
      retryable: false,
      scope: null,
      message:
        'The snapshot was taken without the global state: it holds no templates and no ingest pipelines, so none are migrated',
      evidence: {},
      remedy:
        'Migrate templates and pipelines from the source cluster, or take a snapshot with includeGlobalState',
    })
  }
}

/** What is wrong with one file and not with the whole place. */
const damages = new Set([
  'blob_missing',
  'blob_truncated',
  'checksum_mismatch',
  'corrupt',
  'format_newer',
  'repository_inconsistent',
])

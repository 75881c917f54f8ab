// The metadata tool on its own: `node tools/metadata/main.ts --config file.json`. Reports are NDJSON on stdout, the
// last line is the result. Exits 0 done, 1 failed or with failed items, 2 bad input, 3 stopped.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { ClusterFailure } from '../../shared/cluster/client.ts'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import { ClusterTls, Endpoint, VersionText } from '../../shared/domain/cluster.ts'
import { type MetadataAssignment, MetadataParams } from '../../shared/domain/metadata.ts'
import type { Report } from '../../shared/domain/report.ts'
import { ToolFailure } from './failure.ts'
import { runMetadata } from './run.ts'

const Keys = v.strictObject({
  accessKeyId: v.string(),
  secretAccessKey: v.string(),
  sessionToken: v.optional(v.string()),
})

const Credentials = v.variant('type', [
  v.strictObject({ type: v.literal('none') }),
  v.strictObject({ type: v.literal('basic'), username: v.string(), password: v.string() }),
  v.strictObject({ type: v.literal('apiKey'), apiKey: v.string() }),
  v.strictObject({
    type: v.literal('sigv4'),
    region: v.string(),
    service: v.picklist(['es', 'aoss']),
    keys: v.optional(Keys),
  }),
  v.strictObject({ type: v.literal('mtls'), certificate: v.string(), key: v.string() }),
])

const End = v.strictObject({
  endpoint: Endpoint,
  credentials: v.optional(Credentials, { type: 'none' }),
  tls: v.optional(ClusterTls),
  version: v.optional(VersionText),
})

const Repository = v.variant('type', [
  v.strictObject({ type: v.literal('fs'), path: v.string() }),
  v.strictObject({
    type: v.literal('s3'),
    bucket: v.string(),
    prefix: v.optional(v.string(), ''),
    region: v.optional(v.string()),
    endpoint: v.optional(Endpoint),
    pathStyle: v.optional(v.boolean()),
    credentials: v.optional(Keys),
  }),
])

/** A running cluster, or a snapshot in a repository. */
const Source = v.union([End, v.strictObject({ repository: Repository, snapshot: v.string() })])

const Config = v.strictObject({ source: Source, target: End, params: v.optional(MetadataParams, {}) })

type Line = { type: string } & Record<string, unknown>

function write(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Counts failures on the way, for the exit code. */
function ndjsonReport(): Report & { failed(): number } {
  const failed = new Set<string>()
  return {
    progress: (progress) => write({ type: 'progress', ...progress }),
    item(item) {
      const key = `${item.kind} ${item.name}`
      if (item.outcome === 'failed') failed.add(key)
      else failed.delete(key)
      write({ type: 'item', ...item })
    },
    issue: (issue) => write({ type: 'issue', ...issue }),
    log: (level, message, fields = {}) => write({ type: 'log', level, message, fields }),
    async artifact(name, mediaType, content) {
      let bytes = 0
      for await (const chunk of content) bytes += chunk.byteLength
      write({ type: 'artifact', name, mediaType, bytes })
    },
    failed: () => failed.size,
  }
}

async function readAssignment(): Promise<MetadataAssignment> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } })
  if (values.config === undefined) throw new Error('Say --config file.json')
  const config = v.parse(Config, JSON.parse(await readFile(values.config, 'utf8')))
  return {
    dryRun: config.params.dryRun,
    params: config.params,
    source: 'snapshot' in config.source ? config.source : { role: 'source', ...config.source },
    target: { role: 'target', ...config.target },
  }
}

async function main(): Promise<number> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => stop.abort(new Error(`stopped by ${name}`)))
  let assignment: MetadataAssignment
  try {
    assignment = await readAssignment()
  } catch (error) {
    write({ type: 'error', code: 'invalid_input', message: messageOf(error) })
    return 2
  }
  const report = ndjsonReport()
  try {
    const result = await runMetadata(
      assignment,
      report,
      stop.signal,
      clusterConnector({ allowLoopback: true }),
    )
    write({ type: 'result', result })
    return report.failed() > 0 ? 1 : 0
  } catch (error) {
    if (stop.signal.aborted) {
      write({ type: 'stopped', message: messageOf(error) })
      return 3
    }
    const told = error instanceof ToolFailure ? { code: error.code, remedy: error.remedy } : null
    const met =
      error instanceof ClusterFailure ? { code: `cluster_${error.kind}`, remedy: error.remedy } : null
    write({
      type: 'error',
      ...(told ?? met ?? { code: 'internal', remedy: null }),
      message: messageOf(error),
    })
    return 1
  }
}

function messageOf(error: unknown): string {
  if (error instanceof v.ValiError)
    return error.issues
      .map((issue: v.BaseIssue<unknown>) => `${v.getDotPath(issue) ?? 'config'}: ${issue.message}`)
      .join('; ')
  return error instanceof Error ? error.message : String(error)
}

process.exitCode = await main()

// A snapshot with everything that may be wrong with it, at the interface of the repository we own.
import { expect, test } from 'vitest'
import type { Check } from '../../../shared/domain/run.ts'
import { RepositoryError } from '../../../tools/lucene/repository-error.ts'
import type { IndexMetadata } from '../../../tools/snapshot/index-metadata.ts'
import { Findings } from '../../../tools/validate/findings.ts'
import { checkSnapshot } from '../../../tools/validate/preflight/snapshot.ts'
import type { OpenSnapshot, Work } from '../../../tools/validate/work.ts'

type Index = {
  settings?: Record<string, string>
  mappings?: IndexMetadata['mappings']
  error?: RepositoryError
}

async function lookAt(indexes: Record<string, Index>, info: object = {}): Promise<Check[]> {
  const findings = new Findings({ item: () => undefined })
  const work = { findings, signal: new AbortController().signal } as unknown as Work // all that this check uses
  const repository = {
    indexMetadata: async (_: unknown, name: string) => ({
      name,
      shards: 1,
      settings: indexes[name]?.settings ?? {},
      mappings: indexes[name]?.mappings ?? {},
    }),
    shardFiles: async () => new Map(),
    shard: async (_: unknown, { name }: IndexMetadata) => {
      const { error } = indexes[name] ?? {}
      if (error) throw error
    },
  }
  const snapshot = { info: { name: 'night', state: 'SUCCESS', failures: [], reason: null, ...info } }
  await checkSnapshot(work, { repository, snapshot } as unknown as OpenSnapshot, Object.keys(indexes))
  return findings.checks
}

const of = (checks: Check[], id: string, scope: string | null = null) =>
  checks.find((check) => check.id === id && check.scope === scope)

test('an unknown codec, a _source that is not kept and a missing file are each named, and the rest goes on', async () => {
  const unknown = new RepositoryError('codec_unknown', 'The segment _0 has the stored fields "Future12"', {
    found: 'Future12',
  })
  const missing = new RepositoryError('blob_missing', 'The blob "__a" is missing', { file: '__a' })

  const checks = await lookAt({
    coded: { error: unknown },
    logs: { settings: { 'index.mode': 'logsdb' } },
    blind: { mappings: { _doc: { _source: { enabled: false } } } },
    cut: { error: missing },
    whole: {},
  })

  expect(of(checks, 'preflight.snapshot_codecs', 'index:coded')).toMatchObject({
    status: 'fail',
    evidence: { found: 'Future12' },
  })
  expect(of(checks, 'preflight.snapshot_files', 'index:cut')).toMatchObject({
    status: 'fail',
    evidence: { file: '__a' },
  })
  expect(of(checks, 'preflight.source_kept', 'index:logs')).toMatchObject({
    status: 'fail',
    evidence: { kind: 'synthetic' },
  })
  expect(of(checks, 'preflight.source_kept', 'index:blind')).toMatchObject({
    status: 'fail',
    evidence: { kind: 'disabled' },
  })
  expect(checks.filter(({ scope }) => scope === 'index:whole')).toEqual([])
  expect(of(checks, 'preflight.snapshot_state')).toMatchObject({ status: 'pass' })
})

test('a partial snapshot passes with a warning only where it holds all that is meant', async () => {
  const failures = [{ index: 'a', shard: 0, reason: 'node left' }]

  const meant = await lookAt({ a: {} }, { state: 'PARTIAL', failures })
  const other = await lookAt({ b: {} }, { state: 'PARTIAL', failures })

  expect(of(meant, 'preflight.snapshot_state')).toMatchObject({ status: 'fail' })
  expect(of(other, 'preflight.snapshot_state')).toMatchObject({ status: 'warn' })
})

test('an error that is not of the snapshot ends the look: nothing is said to pass', async () => {
  await expect(lookAt({ a: { error: new TypeError('lost') as never } })).rejects.toThrow('lost')
})

// What the tests of the backfill page say of a backfill.
import type { BackfillIndex, BackfillStatus, FailureGroup, Run } from '../../ui/api/client.ts'
import { aRun, get, running } from './stage.tsx'

export const backfillRun = (given: Partial<Run> = {}): Run =>
  aRun({
    action: 'backfill',
    params: { snapshotRef: { repository: 'backups', snapshot: 'nightly' }, plan: { workers: 2 } },
    ...given,
  })

export function anIndex(given: Partial<BackfillIndex> = {}): BackfillIndex {
  return {
    name: 'orders',
    targetName: 'orders',
    shards: 2,
    documents: { expected: 1_000, written: 990, rejected: 10, skipped: 0 },
    target: { count: 990, observedAt: new Date().toISOString(), stale: false, error: null },
    ...given,
  }
}

export function aBackfill(given: Partial<BackfillStatus> = {}): BackfillStatus {
  const run = given.run === undefined ? backfillRun(running) : given.run
  return {
    phase: run?.state ?? 'NotStarted',
    eta: null,
    issues: [],
    run,
    workflow: null,
    progress: {
      percent: 41.9,
      shards: { total: 4, done: 1, failed: 0 },
      documents: { total: 2_000, done: 838, failed: 0 },
      bytes: { total: 4_096, done: 2_048, failed: 0 },
      documentsPerSecond: 1_234.4,
      bytesPerSecond: 2_048,
      lastProgressAt: new Date().toISOString(),
    },
    waitingFor: null,
    indexes: [],
    workers: [],
    wantedWorkers: 2,
    updatedAt: new Date().toISOString(),
    ...given,
  }
}

export function aCause(given: Partial<FailureGroup> = {}): FailureGroup {
  return {
    id: 1,
    code: 'documents_rejected',
    severity: 'error',
    origin: 'target',
    retryable: true,
    scope: 'index:orders cause:1',
    message:
      'Documents of "orders" were not written (mapper_parsing_exception): failed to parse field [price]',
    evidence: { documents: 7, example: { id: 'order-12' } },
    remedy: 'Mend the mapping of the field, then retry what failed',
    count: 7,
    key: '1',
    documents: 7,
    firstSeenAt: '2026-01-01T00:00:00.000Z',
    lastSeenAt: '2026-01-01T00:00:00.000Z',
    ...given,
  }
}

export const stands = (given: Partial<BackfillStatus> = {}) =>
  get('/sessions/orders/backfill/status', aBackfill(given))
export const noRuns = get('/sessions/orders/runs', { items: [], next: null })
export const noEvents = get('/sessions/orders/events', { items: [], next: null })
export const config = get(
  '/sessions/orders/config',
  { repositories: { backups: { type: 'fs', path: '/backups' } } },
  { etag: '"3"' },
)

export const snapshot = {
  repository: 'backups',
  name: 'nightly',
  uuid: 'u-1',
  state: 'SUCCESS',
  version: '7.10.2',
  indexes: ['orders'],
  includeGlobalState: true,
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:02:00.000Z',
  shards: { total: 2, successful: 2, failed: 0 },
  failures: [],
  problem: null,
}

// What makes the types of the query modules honest: every row that they answer fits its schema.
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as access from '../../../shared/db/access.ts'
import * as audit from '../../../shared/db/audit.ts'
import * as checks from '../../../shared/db/checks.ts'
import * as configs from '../../../shared/db/configs.ts'
import type { Db } from '../../../shared/db/database.ts'
import * as events from '../../../shared/db/events.ts'
import { recordReports } from '../../../shared/db/reports.ts'
import * as parts from '../../../shared/db/run-parts.ts'
import * as runs from '../../../shared/db/runs.ts'
import * as secrets from '../../../shared/db/secrets.ts'
import * as sessions from '../../../shared/db/sessions.ts'
import { AuditEntry, Secret, SessionEvent, Token } from '../../../shared/domain/access.ts'
import type { ConnectionCheck } from '../../../shared/domain/cluster.ts'
import { ConnectionCheck as ConnectionCheckSchema } from '../../../shared/domain/cluster.ts'
import { ConfigVersion } from '../../../shared/domain/config.ts'
import { Artifact, Issue, LogLine, OutcomeCounts, Run, RunItem } from '../../../shared/domain/run.ts'
import { Session } from '../../../shared/domain/session.ts'
import { createDatabase } from '../../harness/database.ts'

let db: Db
let ids: { session: string; run: string; open: string }
beforeAll(async () => {
  db = (await createDatabase(afterAll)).db
  ids = await fill()
})

const check: ConnectionCheck = {
  result: 'ok',
  message: 'fine',
  remedy: null,
  evidence: {},
  health: 'green',
  nodes: 3,
  warnings: [],
  latencyMs: 1.5,
  checkedAt: '2024-01-01T00:00:00.000Z',
  version: {
    flavour: 'elasticsearch',
    number: '7.10.2',
    major: 7,
    minor: 10,
    patch: 2,
    label: 'ES 7.10.2',
    compatibilityMode: false,
  },
}

/** One of everything. */
async function fill() {
  const { id: session } = await sessions.insertSession(db, { name: 'orders', description: 'x' })
  const draft = { valid: false, errors: [{ path: '/a', code: 'c', message: 'm', hint: null }], author: 'a' }
  await configs.insertConfig(db, {
    ...draft,
    sessionId: session,
    expected: 0,
    document: { source: { endpoint: 7 } },
  })
  await checks.insertCheck(db, { sessionId: session, role: 'source', configVersion: 1, result: check })
  const sealed = { keyId: 'k', iv: new Uint8Array(12), sealed: new Uint8Array(3) }
  await secrets.putSecret(db, session, 'pw', sealed)
  await secrets.bindSecret(db, session, 'pw', { origin: 'https://there', caSha256: null, insecure: false })
  const given = {
    sessionId: session,
    params: {},
    configVersion: 1,
    requestedBy: 'a',
    requestId: 'r',
    traceparent: null,
  }
  const { id: run } = await runs.insertRun(db, { ...given, action: 'metadata' })
  const held = await runs.claimRun(db, run)
  if (!held) throw new Error('not claimed')
  await recordReports(db, held.claim, {
    number: 1,
    progress: { done: 1, total: 3, unit: 'items', message: 'half a \ud800 pair and \0' },
    items: [
      {
        kind: 'index',
        name: 'i\ud800\0',
        outcome: 'failed',
        detail: {
          action: 'refused',
          message: '\0',
          rules: [],
          changes: [],
          drift: [],
          targetError: null,
          remedy: null,
          attempts: 1,
        },
      },
    ],
    issues: [
      {
        code: 'c',
        severity: 'error',
        origin: 'target',
        retryable: true,
        scope: 'i\0',
        message: '\0',
        evidence: { '\0': '\udfff' },
        remedy: '\0',
      },
    ],
    logs: [{ at: '2024-01-01T00:00:00.000Z', level: 'warn', message: '\0 \\u0000', fields: { a: '\ud800' } }],
  })
  await parts.recordArtifact(db, {
    runId: run,
    name: 'a.json',
    mediaType: 'application/json',
    size: 3,
    sha256: 's',
  })
  await runs.completeRun(db, held.claim, { text: '\ud800' })
  const { id: open } = await runs.insertRun(db, { ...given, action: 'metadata', retryOf: run })
  await access.insertToken(db, {
    name: 't',
    role: 'viewer',
    sessions: ['orders'],
    hash: new Uint8Array(32),
    createdBy: 'a',
    expiresAt: '2999-01-01T00:00:00.000Z',
  })
  const entry = await audit.openAuditEntry(db, {
    principal: null,
    address: null,
    operation: 'o',
    method: 'POST',
    path: '/\0',
    session: null,
    sessionId: session,
    requestId: 'r',
  })
  await audit.closeAuditEntry(db, entry, { status: 200, code: null, reason: 'because' })
  return { session, run, open }
}

const all = { after: undefined, limit: 10 }
test.each<[string, v.GenericSchema, () => Promise<unknown>, number]>([
  ['findSession', Session, () => sessions.findSession(db, 'orders'), 1],
  ['getSession', Session, () => sessions.getSession(db, ids.session), 1],
  [
    'listSessions',
    Session,
    () => sessions.listSessions(db, { names: ['orders'], archived: false, ...all }),
    1,
  ],
  ['updateSession', Session, () => sessions.updateSession(db, ids.session, { archived: false }), 1],
  ['findConfig', ConfigVersion, () => configs.findConfig(db, ids.session), 1],
  ['listConfigs', ConfigVersion, () => configs.listConfigs(db, ids.session, undefined, 10), 1],
  [
    'findCheck',
    v.object({ configVersion: v.number(), result: ConnectionCheckSchema }),
    () => checks.findCheck(db, ids.session, 'source'),
    1,
  ],
  ['listSecrets', Secret, () => secrets.listSecrets(db, ids.session), 1],
  [
    'findSealed',
    v.strictObject({ keyId: v.string(), iv: v.instance(Uint8Array), sealed: v.instance(Uint8Array) }),
    () => secrets.findSealed(db, ids.session, 'pw'),
    1,
  ],
  ['findRun', Run, () => runs.findRun(db, ids.run), 1],
  ['getRun of an open run', Run, () => runs.getRun(db, ids.open), 1],
  ['findLatestRun', Run, () => runs.findLatestRun(db, ids.session, 'metadata'), 1],
  ['listRuns', Run, () => runs.listRuns(db, ids.session, all), 2],
  [
    'listUnheldRuns',
    v.strictObject({
      id: v.string(),
      action: v.string(),
      state: v.string(),
      heavy: v.boolean(),
      engine: v.nullable(v.string()),
      claims: v.number(),
      fruitless: v.number(),
      ageSeconds: v.number(),
    }),
    () => runs.listUnheldRuns(db),
    1,
  ],
  ['listItems', RunItem, () => parts.listItems(db, ids.run, all), 1],
  [
    'listItemKeys',
    v.strictObject({ kind: v.string(), name: v.string() }),
    () => parts.listItemKeys(db, ids.run, 'failed'),
    1,
  ],
  ['countItems', OutcomeCounts, () => parts.countItems(db, ids.run), 1],
  [
    'listIssues',
    v.strictObject({ ...Issue.entries, order: v.number() }),
    () => parts.listIssues(db, ids.run, all),
    1,
  ],
  ['listArtifacts', Artifact, () => parts.listArtifacts(db, ids.run, '/base'), 1],
  ['findArtifact', Artifact, () => parts.findArtifact(db, ids.run, 'a.json'), 1],
  ['listLogLines', LogLine, () => parts.listLogLines(db, ids.run, { after: 0, limit: 10 }), 1],
  ['listEvents', SessionEvent, () => events.listEvents(db, ids.session, { after: 0, limit: 10 }), 5],
  ['listEventsBackwards', SessionEvent, () => events.listEventsBackwards(db, ids.session, undefined, 10), 5],
  ['findLastEventId', v.pipe(v.number(), v.minValue(1)), () => events.findLastEventId(db, ids.session), 1],
  ['listTokens', Token, () => access.listTokens(db, undefined, 10), 1],
  [
    'listAuditEntries',
    AuditEntry,
    () => audit.listAuditEntries(db, { names: null, before: undefined, limit: 10 }),
    1,
  ],
])('what %s answers fits its schema', async (_, schema, query, count) => {
  const rows = [await query()].flat()

  expect(rows).toHaveLength(count)
  for (const row of rows) v.parse(schema, row)
})

test('what Postgres cannot hold is replaced, and the rest of the text is left as it was', async () => {
  const [line] = await parts.listLogLines(db, ids.run, { after: 0, limit: 1 })
  const [item] = await parts.listItems(db, ids.run, all)

  expect(line).toMatchObject({ message: '\ufffd \\u0000', fields: { a: '\ufffd' } })
  expect(item?.name).toBe('i\ufffd\ufffd')
  expect(await runs.getRun(db, ids.run)).toMatchObject({
    state: 'CompletedWithErrors',
    result: { text: '\ufffd' },
  })
})

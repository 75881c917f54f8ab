// The composition of all routes, and the document that describes them.

import type { Hono } from 'hono'
import { generateSpecs } from 'hono-openapi'
import type { AppEnv } from '../shared/http/context.ts'
import { route } from '../shared/http/context.ts'
import approvalsApprove from './approvals/approve.ts'
import approvalsList from './approvals/list.ts'
import approvalsReject from './approvals/reject.ts'
import auditList from './audit/list.ts'
import authLogin from './auth/login.ts'
import authLogout from './auth/logout.ts'
import authMe from './auth/me.ts'
import backfillFailedDocuments from './backfill/failed-documents.ts'
import backfillPause from './backfill/pause.ts'
import backfillResume from './backfill/resume.ts'
import backfillRetryFailed from './backfill/retry-failed.ts'
import backfillScale from './backfill/scale.ts'
import backfillStart from './backfill/start.ts'
import backfillStatus from './backfill/status.ts'
import backfillStop from './backfill/stop.ts'
import backfillTrialCleanup from './backfill/trial-cleanup.ts'
import clustersGet from './clusters/get.ts'
import clustersIndexes from './clusters/indexes.ts'
import clustersTest from './clusters/test.ts'
import configExport from './config/export.ts'
import configGet from './config/get.ts'
import configImport from './config/import.ts'
import configPut from './config/put.ts'
import configValidate from './config/validate.ts'
import configVersion from './config/version.ts'
import configVersions from './config/versions.ts'
import eventsList from './events/list.ts'
import metadataLatestStatus from './metadata/latest-status.ts'
import metadataRetryFailed from './metadata/retry-failed.ts'
import metadataStart from './metadata/start.ts'
import runsArtifact from './runs/artifact.ts'
import runsArtifacts from './runs/artifacts.ts'
import runsGet from './runs/get.ts'
import runsIssues from './runs/issues.ts'
import runsItems from './runs/items.ts'
import runsList from './runs/list.ts'
import runsLogs from './runs/logs.ts'
import runsStop from './runs/stop.ts'
import runsWorkflow from './runs/workflow.ts'
import secretsDelete from './secrets/delete.ts'
import secretsList from './secrets/list.ts'
import secretsPut from './secrets/put.ts'
import sessionsClone from './sessions/clone.ts'
import sessionsCreate from './sessions/create.ts'
import sessionsDelete from './sessions/delete.ts'
import sessionsGet from './sessions/get.ts'
import sessionsList from './sessions/list.ts'
import sessionsUpdate from './sessions/update.ts'
import snapshotStart from './snapshot/start.ts'
import snapshotStatus from './snapshot/status.ts'
import snapshotStop from './snapshot/stop.ts'
import snapshotsDelete from './snapshots/delete.ts'
import snapshotsList from './snapshots/list.ts'
import systemDocs from './system/docs.ts'
import systemLivez from './system/livez.ts'
import systemMetrics from './system/metrics.ts'
import systemReadyz from './system/readyz.ts'
import systemSigningKey from './system/signing-key.ts'
import systemVersion from './system/version.ts'
import tokensCreate from './tokens/create.ts'
import tokensDelete from './tokens/delete.ts'
import tokensList from './tokens/list.ts'
import toolArtifact from './tool/artifact.ts'
import toolAssignment from './tool/assignment.ts'
import toolBackfillFile from './tool/backfill-file.ts'
import toolCertificate from './tool/certificate.ts'
import toolReports from './tool/reports.ts'
import toolResult from './tool/result.ts'
import toolRetriedDocuments from './tool/retried-documents.ts'
import validateLatestStatus from './validate/latest-status.ts'
import validateStart from './validate/start.ts'
import workItemsCheckpoint from './work-items/checkpoint.ts'
import workItemsComplete from './work-items/complete.ts'
import workItemsFail from './work-items/fail.ts'
import workItemsLease from './work-items/lease.ts'
import workItemsList from './work-items/list.ts'
import workItemsPlan from './work-items/plan.ts'
import workItemsRelease from './work-items/release.ts'

/** Every route by its file: the listing of `handlers/` is the API, and a test says so. */
export const handlers: Readonly<Record<string, Hono<AppEnv>>> = {
  'approvals/approve': approvalsApprove,
  'approvals/list': approvalsList,
  'approvals/reject': approvalsReject,
  'audit/list': auditList,
  'auth/login': authLogin,
  'auth/logout': authLogout,
  'auth/me': authMe,
  'clusters/get': clustersGet,
  'clusters/indexes': clustersIndexes,
  'clusters/test': clustersTest,
  'config/export': configExport,
  'config/get': configGet,
  'config/import': configImport,
  'config/put': configPut,
  'config/validate': configValidate,
  'config/version': configVersion,
  'config/versions': configVersions,
  'events/list': eventsList,
  'metadata/latest-status': metadataLatestStatus,
  'metadata/retry-failed': metadataRetryFailed,
  'metadata/start': metadataStart,
  'runs/artifact': runsArtifact,
  'runs/artifacts': runsArtifacts,
  'runs/get': runsGet,
  'runs/issues': runsIssues,
  'runs/items': runsItems,
  'runs/list': runsList,
  'runs/logs': runsLogs,
  'runs/stop': runsStop,
  'runs/workflow': runsWorkflow,
  'secrets/delete': secretsDelete,
  'secrets/list': secretsList,
  'secrets/put': secretsPut,
  'sessions/clone': sessionsClone,
  'sessions/create': sessionsCreate,
  'sessions/delete': sessionsDelete,
  'sessions/get': sessionsGet,
  'sessions/list': sessionsList,
  'sessions/update': sessionsUpdate,
  'snapshot/start': snapshotStart,
  'snapshot/status': snapshotStatus,
  'snapshot/stop': snapshotStop,
  'snapshots/delete': snapshotsDelete,
  'snapshots/list': snapshotsList,
  'system/docs': systemDocs,
  'system/livez': systemLivez,
  'system/metrics': systemMetrics,
  'system/readyz': systemReadyz,
  'system/signing-key': systemSigningKey,
  'system/version': systemVersion,
  'backfill/failed-documents': backfillFailedDocuments,
  'backfill/pause': backfillPause,
  'backfill/resume': backfillResume,
  'backfill/retry-failed': backfillRetryFailed,
  'backfill/scale': backfillScale,
  'backfill/start': backfillStart,
  'backfill/status': backfillStatus,
  'backfill/stop': backfillStop,
  'backfill/trial-cleanup': backfillTrialCleanup,
  'tool/artifact': toolArtifact,
  'tool/assignment': toolAssignment,
  'tool/backfill-file': toolBackfillFile,
  'tool/certificate': toolCertificate,
  'tool/reports': toolReports,
  'tool/result': toolResult,
  'tool/retried-documents': toolRetriedDocuments,
  'validate/latest-status': validateLatestStatus,
  'validate/start': validateStart,
  'work-items/checkpoint': workItemsCheckpoint,
  'work-items/complete': workItemsComplete,
  'work-items/fail': workItemsFail,
  'work-items/lease': workItemsLease,
  'work-items/list': workItemsList,
  'work-items/plan': workItemsPlan,
  'work-items/release': workItemsRelease,
  'tokens/create': tokensCreate,
  'tokens/delete': tokensDelete,
  'tokens/list': tokensList,
}

/** The routes that `MA_HANDLERS` names (`*`, `backfill/*`, `runs/get`), and `/openapi.json` of exactly these. */
export function selectRoutes(patterns: readonly string[] = ['*'], basePath = ''): Hono<AppEnv>[] {
  const chosen = Object.entries(handlers)
    .filter(([file]) =>
      patterns.some(
        (pattern) =>
          pattern === '*' ||
          pattern === file ||
          (pattern.endsWith('/*') && file.startsWith(pattern.slice(0, -1))),
      ),
    )
    .map(([, handler]) => handler)
  if (chosen.length === 0) throw new Error(`MA_HANDLERS names no route: ${patterns.join(', ')}`)
  let document: Promise<object> | undefined
  const openapi = route().get('/openapi.json', async (c) => {
    document ??= describeRoutes(chosen, c.var.door.version, basePath)
    return c.json(await document)
  })
  return [...chosen, openapi]
}

/** OpenAPI 3.1 of some routes. */
export async function describeRoutes(
  chosen: readonly Hono<AppEnv>[],
  version: string,
  basePath = '',
): Promise<object> {
  const all = route()
  for (const handler of chosen) all.route('/', handler)
  return generateSpecs(all, {
    documentation: {
      info: {
        title: 'Migration Assistant',
        version,
        description: 'Moves a search cluster to OpenSearch, and proves that everything arrived.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: basePath || '/' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A token of the API' },
          cookie: {
            type: 'apiKey',
            in: 'cookie',
            name: 'migration_assistant',
            description: 'A signed-in browser',
          },
        },
      },
    },
  })
}

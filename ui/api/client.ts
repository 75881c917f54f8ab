// The typed client. Paths and bodies are checked against the generated schema, so a renamed route breaks the build.
import createClient, { type Middleware } from 'openapi-fetch'
import type { components, paths } from './schema.d.ts'

type Schemas = components['schemas']
export type Action = Schemas['Action']
export type Approval = Schemas['Approval']
export type Artifact = Schemas['Artifact']
export type AuditEntry = Schemas['AuditEntry']
export type BackfillIndex = Schemas['BackfillIndex']
export type BackfillPhase = Schemas['BackfillPhase']
export type BackfillPlan = Schemas['BackfillPlan']
export type BackfillStatus = Schemas['BackfillStatus']
export type BackfillWorker = Schemas['BackfillWorker']
export type Check = Schemas['Check']
export type CheckName = Schemas['CheckName']
export type Cluster = Schemas['Cluster']
export type ClusterRole = Schemas['ClusterRole']
export type ClusterView = Schemas['ClusterView']
export type ConfigVersion = Schemas['ConfigVersion']
export type ConnectionCheck = Schemas['ConnectionCheck']
export type DeletedSnapshot = Schemas['DeletedSnapshot']
export type Eta = Schemas['Eta']
export type FailedDocuments = Schemas['FailedDocuments']
export type FieldError = Schemas['FieldError']
export type Imported = Schemas['ImportedConfig']
export type Indexes = Schemas['Indexes']
export type IndexProgress = Schemas['IndexProgress']
export type TrialCleanup = Schemas['TrialCleanup']
export type FailureGroup = Schemas['FailureGroup']
export type Issue = Schemas['Issue']
export type ItemKind = Schemas['ItemKind']
export type LightStatus = Schemas['LightStatus']
export type LogLine = Schemas['LogLine']
export type Knobs = Schemas['Knobs']
export type Me = Schemas['Me']
export type Outcome = Schemas['Outcome']
export type OutcomeCounts = Schemas['OutcomeCounts']
export type Progress = Schemas['Progress']
export type Readiness = Schemas['Readiness']
export type Run = Schemas['Run']
export type RunItem = Schemas['RunItem']
export type Secret = Schemas['Secret']
export type Session = Schemas['Session']
export type SessionEvent = Schemas['SessionEvent']
export type SnapshotParams = Schemas['SnapshotParams']
export type SnapshotRef = Schemas['SnapshotRef']
export type SnapshotStatus = Schemas['SnapshotStatus']
export type SnapshotSummary = Schemas['SnapshotSummary']
export type Status = Schemas['Status']
export type Token = Schemas['Token']
export type WaitingFor = Schemas['WaitingFor']
export type Workflow = Schemas['Workflow']
export type WorkflowNode = Schemas['WorkflowNode']

/** Where the app is mounted: `/ui`, or what `MA_BASE_PATH` puts before it. */
export const uiBase = mountedAt(location.pathname)
export const apiBase = uiBase.slice(0, -'/ui'.length)

function mountedAt(path: string): string {
  const end = path.indexOf('/ui/')
  return end === -1 ? '/ui' : path.slice(0, end + '/ui'.length)
}

/** A refusal of the API, with everything that it says; or no answer at all, with status 0. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly requestId: string | null
  readonly errors: FieldError[]
  readonly members: Record<string, unknown>

  constructor(fields: Partial<Schemas['Problem']> & { status: number; title: string }) {
    super(fields.detail ?? fields.title)
    this.status = fields.status
    this.code = fields.code ?? 'unknown'
    this.title = fields.title
    this.detail = fields.detail ?? ''
    this.requestId = fields.requestId ?? null
    this.errors = fields.errors ?? []
    this.members = { ...fields }
  }
}

/** What the app does when the API says that nobody is signed in. */
let onSignedOut: () => void = () => {}
export function whenSignedOut(act: () => void): void {
  onSignedOut = act
}

const noticeSignOut: Middleware = {
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== '/auth/login') onSignedOut()
  },
}

/** `fetch` is looked up at each call, so that what replaces it later is used. */
export const api = createClient<paths>({
  baseUrl: new URL(apiBase || '/', location.origin).href.replace(/\/$/, ''),
  fetch: (request) => fetch(request),
})
api.use(noticeSignOut)

type Answer<T> = { data?: T; error?: unknown; response: Response }
type Settled<T> = { data: T; response: Response }

/** The body of a good answer; anything else is thrown as an `ApiProblem`. */
export async function ok<T>(call: Promise<Answer<T>>): Promise<T> {
  return (await answer(call)).data
}

/** As `ok`, with the response for its headers. */
export async function answer<T>(call: Promise<Answer<T>>): Promise<Settled<T>> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw noAnswer(cause)
  })
  if (!response.ok) throw problemOf(error, response)
  return { data: data as T, response } // a good answer has the body that its schema says
}

function noAnswer(cause: unknown): ApiProblem {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new ApiProblem({
    status: 0,
    code: 'no_answer',
    title: 'The API did not answer',
    detail: `${said}. Is Migration Assistant still running, and is the network up?`,
  })
}

function problemOf(body: unknown, response: Response): ApiProblem {
  const requestId = response.headers.get('x-request-id') ?? undefined
  if (isProblem(body)) return new ApiProblem({ ...body, status: response.status })
  return new ApiProblem({
    status: response.status,
    requestId,
    title: `The API answered ${response.status} ${response.statusText}`.trim(),
    detail: 'The answer is not a problem document; a proxy between here and the API may have written it.',
  })
}

function isProblem(body: unknown): body is Schemas['Problem'] {
  return typeof body === 'object' && body !== null && 'title' in body && typeof body.title === 'string'
}

/** A key that lets a start be sent twice and done once. (`randomUUID` is absent on plain http.) */
export function idempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

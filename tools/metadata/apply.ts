// One draft against the target: compared where it exists, judged in a dry run, created otherwise.
import { ClusterFailure } from '../../shared/cluster/client.ts'
import type { ItemReport } from '../../shared/domain/report.ts'
import type { Answer, Api } from './api.ts'
import { type Drift, driftOf } from './compare.ts'
import { type Draft, fork } from './draft.ts'
import { evaluate } from './evaluate.ts'
import { isObject, type JsonObject } from './json.ts'
import { itemOf, refusedItem } from './outcome.ts'
import { targetError } from './refusals.ts'
import { settle } from './settle.ts'
import { type Holdings, putBody, readBack } from './target.ts'

export type Applied = {
  item: ItemReport
  draft: Draft
  /** Whether the target has the object now, or would have. */
  there: boolean
  /** Whether this run made it. */
  created: boolean
}

export type Applying = { api: Api; holdings: Holdings; dryRun: boolean }

/** Brings a draft to the target, or says why not. Throws only where the run as a whole cannot go on. */
export async function apply(work: Applying, draft: Draft, existing: JsonObject | null): Promise<Applied> {
  if (draft.refusal !== null) return { item: refusedItem(draft), draft, there: false, created: false }
  if (existing !== null) return compareWith(work, draft, existing)
  return work.dryRun ? judge(work, draft) : create(work, draft)
}

async function compareWith(
  work: Applying,
  draft: Draft,
  existing: JsonObject,
  message = '',
): Promise<Applied> {
  let compared = draft
  let drift = driftOf(draft.kind, draft.body, existing)
  if (drift.length > 0) {
    // What the target refused at creation is missing there on purpose; it says so again when asked.
    const judged = fork(draft, draft.name)
    await evaluate(work.api, judged, work.holdings)
    const rest = driftOf(draft.kind, judged.body, existing)
    if (rest.length < drift.length) {
      compared = judged
      drift = rest
    }
  }
  const same = 'The target has it already, equal to the transformed source'
  const differs = 'The target has another object of this name; it was left as it is'
  const item = itemOf(compared, {
    action: drift.length > 0 ? 'differs' : 'unchanged',
    message: message || (drift.length > 0 ? differs : same),
    drift,
    attempts: 0,
    remedy: drift.length > 0 ? 'Remove it from the target and retry, or accept the difference' : null,
  })
  return { item, draft: compared, there: true, created: false }
}

async function judge({ api, holdings }: Applying, draft: Draft): Promise<Applied> {
  const { ok, attempts, answer, checks } = await evaluate(api, draft, holdings)
  const item = itemOf(draft, {
    action: ok ? 'create' : 'refused',
    message: `${ok ? 'It would be created' : 'The target would refuse it'}; checked: ${checks.join(', ')}`,
    attempts,
    targetError: ok ? null : targetError(answer, redactOf(api)),
    failed: !ok,
  })
  return { item, draft, there: ok, created: false }
}

async function create(work: Applying, draft: Draft): Promise<Applied> {
  const { api } = work
  try {
    const { ok, attempts, answer } = await settle(draft, putBody(api, draft))
    if (ok) return acknowledged(work, draft, attempts, answer)
    if (existsAlready(answer)) {
      const found = await readBack(api, draft.kind, draft.name)
      if (found !== null) return arrived(work, draft, found, 'It appeared on the target during the run')
    }
    const item = itemOf(draft, {
      action: 'refused',
      message: 'The target refused it',
      attempts,
      targetError: targetError(answer, redactOf(api)),
      failed: true,
    })
    return { item, draft, there: false, created: false }
  } catch (error) {
    if (!(error instanceof ClusterFailure)) throw error
    return afterSilence(work, draft, error)
  }
}

/** `acknowledged: false` is no success: the change may still be on its way. */
async function acknowledged(
  work: Applying,
  draft: Draft,
  attempts: number,
  answer: Answer,
): Promise<Applied> {
  const body = isObject(answer.body) ? answer.body : {}
  if (body.acknowledged !== true) {
    const found = await readBack(work.api, draft.kind, draft.name)
    if (found !== null)
      return arrived(work, draft, found, 'The target did not acknowledge it in time, but has it')
    return lost(draft, 'The target did not acknowledge it, and does not have it', null, attempts)
  }
  if (body.shards_acknowledged === false)
    draft.warnings.push(
      'It was created, but its shards did not start in time: look at the health of the target',
    )
  const item = itemOf(draft, { action: 'create', message: 'Created', attempts })
  return { item, draft, there: true, created: true }
}

/** No answer: whether it arrived is read from the target, not guessed. */
async function afterSilence(work: Applying, draft: Draft, error: ClusterFailure): Promise<Applied> {
  const found = await readBack(work.api, draft.kind, draft.name).catch(() => null)
  if (found !== null) return arrived(work, draft, found, 'The answer of the target was lost, but it has it')
  return lost(draft, 'No answer came, and the target does not show it', error, 1)
}

async function arrived(work: Applying, draft: Draft, found: JsonObject, message: string): Promise<Applied> {
  const drift: Drift = driftOf(draft.kind, draft.body, found)
  if (drift.length > 0) return compareWith(work, draft, found)
  return {
    item: itemOf(draft, { action: 'create', message, attempts: 1 }),
    draft,
    there: true,
    created: true,
  }
}

function lost(draft: Draft, message: string, error: ClusterFailure | null, attempts: number): Applied {
  const item = itemOf(draft, {
    action: 'refused',
    message,
    attempts,
    targetError:
      error === null
        ? null
        : { status: error.status, type: error.kind, reason: error.message, body: error.evidence },
    remedy: error?.remedy ?? 'Look at the health of the target, then retry',
    failed: true,
  })
  return { item, draft, there: false, created: false }
}

function existsAlready({ body }: Answer): boolean {
  return isObject(body) && isObject(body.error) && /resource_already_exists/.test(String(body.error.type))
}

const redactOf = (api: Api) => (text: string) => api.client.redact?.(text) ?? text

// POST /runs/:run/result
import * as v from 'valibot'
import { recordStepResult } from '../../shared/db/steps.ts'
import { WorkerName } from '../../shared/domain/work-item.ts'
import { body, operation, route } from '../../shared/http/route.ts'

const StepFailure = v.strictObject({
  code: v.string(),
  message: v.pipe(v.string(), v.maxLength(4_096)),
  evidence: v.optional(v.record(v.string(), v.unknown()), {}),
  remedy: v.optional(v.nullable(v.string()), null),
})
const Body = v.strictObject({
  step: v.picklist(['plan', 'work', 'verify']),
  worker: v.optional(WorkerName),
  /** What the step found; or `error` where it could not do its work. */
  result: v.optional(v.record(v.string(), v.unknown())),
  error: v.optional(StepFailure),
})

/** Takes the result of a step. The last one of a step counts; what the run becomes of it is judged by the control plane. */
export default route().post(
  '/runs/:run/result',
  operation({
    id: 'toolResult',
    summary: 'Give the result of a step',
    access: 'run',
    returns: { 204: null },
    problems: ['run_not_found', 'run_not_open', 'body_too_large', 'unsupported_media_type'],
  }),
  body(Body, { limit: 8_388_608 }),
  async (c) => {
    const { step, result, error } = c.req.valid('json')
    await recordStepResult(c.var.db, c.var.run.id, step, { result: result ?? null, error: error ?? null })
    return c.body(null, 204)
  },
)

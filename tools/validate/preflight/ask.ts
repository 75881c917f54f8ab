// One question of a preflight: what it answers becomes a check, and what stops it is unknown.
import type { Check } from '../../../shared/domain/run.ts'
import type { Work } from '../work.ts'

export type Answer = Pick<Check, 'status' | 'message'> &
  Partial<Pick<Check, 'severity' | 'evidence' | 'remedy' | 'scope'>>

/** Asks, and tells every answer. Nothing said is a pass with `passed` as its sentence. */
export async function ask(
  { findings, signal }: Pick<Work, 'findings' | 'signal'>,
  id: string,
  passed: string,
  question: () => Promise<Answer[]> | Answer[],
): Promise<void> {
  try {
    const answers = await question()
    signal.throwIfAborted()
    if (answers.length === 0) answers.push({ status: 'pass', message: passed })
    for (const answer of answers)
      findings.add({
        id,
        severity: answer.status === 'fail' ? 'error' : answer.status === 'warn' ? 'warning' : 'info',
        scope: null,
        evidence: {},
        remedy: null,
        ...answer,
      })
  } catch (error) {
    signal.throwIfAborted()
    findings.unknown(id, null, 'It could not be found out', error)
  }
}

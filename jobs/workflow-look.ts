// One pass over the open runs and the engine's workflows side by side, both by name, in constant memory.
import type { Db } from '../shared/db/database.ts'
import { eachOpenReference, findRunsOfWorkflows, type OpenReference } from '../shared/db/workflows.ts'
import type { ListedWorkflow, Workflows } from '../shared/workflows/port.ts'

/** Looked at more closely in one pass; the rest is for the next. */
const MISSING_AT_ONCE = 200
const QUIET_AT_ONCE = 100
const ORPHANS_NAMED = 50
/** Without progress for so long, it is asked why. */
const QUIET_SECONDS = 10
/** A workflow outlives its run for a moment: its last step ends, its exit handler cleans up. */
const ENDING_SECONDS = 60
/** A controller that works has looked at a workflow long before. */
const UNSEEN_SECONDS = 60

export type Look = {
  openRuns: number
  /** Open runs whose workflow is not among those that are not over. */
  missing: OpenReference[]
  /** Open runs that stand still: a random choice where there are many. */
  quiet: OpenReference[]
  /** Open runs whose workflow no controller has looked at. */
  unseen: OpenReference[]
  /** Runs whose workflow is there though they have ended: it is to be stopped. */
  ended: ListedWorkflow[]
  orphans: string[]
}

export async function compare(db: Db, workflows: Workflows): Promise<Look> {
  const look: Look = { openRuns: 0, missing: [], quiet: [], unseen: [], ended: [], orphans: [] }
  const references = eachOpenReference(db)
  let { value: run, done } = await references.next()
  const advance = async () => {
    look.openRuns++
    ;({ value: run, done } = await references.next())
  }
  let quiets = 0
  for await (const page of workflows.list()) {
    const strangers: ListedWorkflow[] = []
    for (const workflow of page) {
      while (!done && run && run.workflow.name < workflow.reference.name) {
        miss(look, run)
        await advance()
      }
      if (done || run?.workflow.name !== workflow.reference.name) {
        strangers.push(workflow)
        continue
      }
      if (workflow.phase === '' && run.ageSeconds > UNSEEN_SECONDS) look.unseen.push(run)
      else if ((run.quietSeconds ?? 0) > QUIET_SECONDS) choose(look.quiet, run, quiets++)
      await advance()
    }
    await sort(db, look, strangers)
  }
  while (!done && run) {
    miss(look, run)
    await advance()
  }
  return look
}

function miss(look: Look, run: OpenReference): void {
  if (look.missing.length < MISSING_AT_ONCE) look.missing.push(run)
}

/** Each of many has the same chance, so that none is never looked at. */
function choose(chosen: OpenReference[], run: OpenReference, before: number): void {
  if (chosen.length < QUIET_AT_ONCE) chosen.push(run)
  else {
    const at = Math.floor(Math.random() * (before + 1))
    if (at < QUIET_AT_ONCE) chosen[at] = run
  }
}

/** A workflow without an open reference: its run is being submitted, has ended, or never was. */
async function sort(db: Db, look: Look, strangers: ListedWorkflow[]): Promise<void> {
  if (strangers.length === 0) return
  const runs = await findRunsOfWorkflows(
    db,
    strangers.flatMap(({ runId }) => runId ?? []),
  )
  for (const workflow of strangers) {
    const run = runs.get(workflow.runId ?? '')
    if (!run && look.orphans.length < ORPHANS_NAMED) look.orphans.push(workflow.reference.name)
    if (run && run.endedSeconds > ENDING_SECONDS && look.ended.length < MISSING_AT_ONCE)
      look.ended.push(workflow)
  }
}

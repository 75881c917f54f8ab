// An engine in memory behind the port: what a test needs to stand between a job and Kubernetes.
import type { SeenWorkflow, WorkflowReference } from '../../shared/domain/workflow.ts'
import { EngineFailure, type FailureKind } from '../../shared/workflows/engine-failure.ts'
import type { ListedWorkflow, Submission, Trouble, Workers, Workflows } from '../../shared/workflows/port.ts'

export class TestWorkflows implements Workflows {
  readonly all = new Map<string, { seen: SeenWorkflow; listed: ListedWorkflow }>()
  readonly tokens = new Map<string, string>()
  readonly calls: string[] = []
  troubles: Trouble[] = []
  workers = 0
  /** What the next calls answer instead of doing anything. */
  refuses: FailureKind | null = null

  async submit({ runId, action }: Submission): Promise<WorkflowReference> {
    this.#note('submit')
    const name = `${action}-${runId}`
    const known = this.all.get(name)
    if (known) return known.listed.reference
    return this.add(name, runId)
  }

  /** A workflow that is there, whoever made it. */
  add(name: string, runId: string | null): WorkflowReference {
    const reference: WorkflowReference = { engine: 'argo', namespace: 'ma', name, uid: crypto.randomUUID() }
    const listed = { reference, runId, createdAt: new Date().toISOString(), phase: 'Running' }
    this.all.set(name, { seen: { ...aWorkflow }, listed })
    return reference
  }

  async giveToken({ name }: WorkflowReference, _: Submission, token: string): Promise<boolean> {
    this.#note('giveToken')
    if (this.tokens.has(name)) return false
    this.tokens.set(name, token)
    return true
  }

  async read({ name }: WorkflowReference): Promise<SeenWorkflow | undefined> {
    this.#note('read')
    return this.all.get(name)?.seen
  }

  async *list(): AsyncGenerator<ListedWorkflow[]> {
    this.#note('list')
    const open = [...this.all.values()].filter(({ seen }) => seen.finishedAt === null)
    yield open.map(({ listed }) => listed).sort((a, b) => (a.reference.name < b.reference.name ? -1 : 1))
  }

  /** As the engine would: it is over. */
  end(phase: SeenWorkflow['phase'], message: string | null = null): void {
    for (const one of this.all.values())
      one.seen = { ...one.seen, phase, message, finishedAt: new Date().toISOString() }
  }

  suspend = async () => this.#note('suspend')
  resume = async () => {
    this.#note('resume')
    return true
  }
  stop = async () => this.#note('stop')
  scale = async (_: WorkflowReference, { workers, suspended }: Workers) => {
    this.#note(`scale ${workers}${suspended ? ' suspended' : ''}`)
    return true
  }
  countWorkers = async () => this.workers
  logs = async () => ['last line']
  delete = async ({ name }: WorkflowReference) => {
    this.all.delete(name)
  }
  async *listTroubles() {
    yield this.troubles
  }
  diagnose = async () => []

  #note(call: string): void {
    if (this.refuses)
      throw new EngineFailure(this.refuses, `workflows is forbidden: ${call}`, { evidence: { call } })
    this.calls.push(call)
  }
}

const aWorkflow: SeenWorkflow = {
  phase: 'Running',
  message: null,
  progress: '0/1',
  suspended: false,
  startedAt: new Date().toISOString(),
  finishedAt: null,
  nodes: [],
  observedAt: new Date().toISOString(),
}

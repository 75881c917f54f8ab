import type { IssueReport, ItemReport, ProgressReport, Report } from '../../../shared/domain/report.ts'

export type Recorder = Report & {
  items: Map<string, ItemReport>
  issues: IssueReport[]
  progressed: ProgressReport[]
  artifacts: Map<string, string>
  /** The last word on an item; throws where it was never told. */
  found(kind: string, name: string): ItemReport
  /** `kind name` to `outcome action`, sorted. */
  outcomes(): Record<string, string>
}

/** A report that keeps everything, the last word of each item. */
export function recorder(): Recorder {
  const items = new Map<string, ItemReport>()
  const issues: IssueReport[] = []
  const progressed: ProgressReport[] = []
  const artifacts = new Map<string, string>()
  return {
    items,
    issues,
    progressed,
    artifacts,
    item: (item) => void items.set(`${item.kind} ${item.name}`, item),
    found(kind, name) {
      const found = items.get(`${kind} ${name}`)
      if (found === undefined) throw new Error(`no item ${kind} ${name} was told`)
      return found
    },
    issue: (issue) => void issues.push(issue),
    progress: (progress) => void progressed.push(progress),
    log: () => undefined,
    async artifact(name, _mediaType, content) {
      const chunks: Uint8Array[] = []
      for await (const chunk of content) chunks.push(chunk)
      artifacts.set(name, Buffer.concat(chunks).toString('utf8'))
    },
    outcomes: () =>
      Object.fromEntries(
        [...items]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, { outcome, detail }]) => [key, `${outcome} ${detail.action}`]),
      ),
  }
}

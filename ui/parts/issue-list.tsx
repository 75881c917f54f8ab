import { For, Show } from 'solid-js'
import type { Issue } from '../api/client.ts'
import { plural } from '../words/format.ts'
import { severityLooks } from '../words/states.ts'
import { Age } from './age.tsx'
import { Evidence } from './evidence.tsx'
import { Chip } from './state-chip.tsx'

/** Problems that a run found: what, where, how often, the evidence, and what to do. */
export function IssueList(props: { issues: Issue[] }) {
  return (
    <ul class="issues">
      <For each={props.issues}>
        {(issue) => (
          <li class="issue">
            <div class="issue-head">
              <Chip look={severityLooks[issue.severity]} />
              <span class="issue-message">{issue.message}</span>
            </div>
            <Show when={issue.remedy}>
              <p class="remedy">{issue.remedy}</p>
            </Show>
            <div class="quiet issue-foot">
              <span>
                on the {issue.origin}
                <Show when={issue.scope}>
                  {' '}
                  · <code>{issue.scope}</code>
                </Show>
              </span>
              <span>
                {plural(issue.count, 'time')}, last <Age at={issue.lastSeenAt} />
              </span>
            </div>
            <Evidence evidence={issue.evidence} />
          </li>
        )}
      </For>
    </ul>
  )
}

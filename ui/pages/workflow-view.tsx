import { query } from '@solidjs/router'
import { For, onCleanup, Show } from 'solid-js'
import { api, ok, type Workflow, type WorkflowNode } from '../api/client.ts'
import { createLoaded } from '../live/loaded.ts'
import { Age } from '../parts/age.tsx'
import { ApiCall } from '../parts/api-call.tsx'
import { Notice } from '../parts/notice.tsx'
import { Reading } from '../parts/reading.tsx'
import { Chip } from '../parts/state-chip.tsx'
import { formatDuration } from '../words/format.ts'
import { phaseLook } from '../words/states.ts'

/** The engine keeps no stream for us; it is asked as often as a person looks. */
const POLL_MS = 3_000

const getWorkflow = query(
  (run: string) => ok(api.GET('/runs/{run}/workflow', { params: { path: { run } } })),
  'run-workflow',
)

/** The steps and workers of a run's workflow, read from its engine while they are looked at. */
export function WorkflowView(props: { run: string; open: boolean; onWorker(name: string): void }) {
  const workflow = createLoaded(getWorkflow, () => [props.run])
  const poll = setInterval(() => props.open && !document.hidden && void workflow.reload(), POLL_MS)
  onCleanup(() => clearInterval(poll))
  return (
    <section aria-labelledby="workflow">
      <h2 id="workflow">Workflow</h2>
      <Reading of={workflow} what="the workflow" lines={4}>
        {(found) => (
          <>
            <p class="run-line">
              <Chip look={phaseLook(found().phase)} />
              <code>{found().name}</code>
              <span class="quiet">
                {found().engine}
                <Show when={found().namespace}>{(namespace) => <>, namespace {namespace()}</>}</Show>
                <Show when={found().progress}>{(progress) => <>, {progress()} steps</>}</Show>
                <Show when={found().suspended}>, suspended</Show>, seen <Age at={found().observedAt} />
              </span>
            </p>
            <Show when={found().reason}>{(reason) => <Unknown reason={reason()} last={found().last} />}</Show>
            <Show when={found().message}>{(message) => <p class="quiet">{message()}</p>}</Show>
            <Tree
              nodes={(found().last ?? found()).nodes}
              stale={found().last !== null}
              onWorker={props.onWorker}
            />
          </>
        )}
      </Reading>
      <ApiCall call={{ method: 'GET', path: `/runs/${props.run}/workflow` }} title="Read the workflow" />
    </section>
  )
}

function Unknown(props: { reason: string; last: Workflow['last'] }) {
  return (
    <Notice tone="warn">
      <strong>The engine cannot be read.</strong> {props.reason}.
      <Show when={props.last}>
        {(last) => (
          <>
            {' '}
            It was {last().phase} <Age at={last().observedAt} />; that is what is shown.
          </>
        )}
      </Show>
    </Notice>
  )
}

function Tree(props: { nodes: WorkflowNode[]; stale: boolean; onWorker(name: string): void }) {
  return (
    <Show when={props.nodes.length > 0} fallback={<p class="quiet">No step has begun.</p>}>
      <ul class="tree" aria-label="Steps of the workflow" classList={{ stale: props.stale }}>
        <For each={props.nodes}>
          {(node) => (
            <li style={{ 'padding-inline-start': `${node.depth * 24}px` }}>
              <Chip look={phaseLook(node.phase)} stale={props.stale} />
              <Show when={node.type === 'Worker'} fallback={<span class="strong">{node.name}</span>}>
                <button type="button" class="button quiet" onClick={() => props.onWorker(node.name)}>
                  {node.name}
                </button>
              </Show>
              <span class="quiet">
                {node.type === 'Step' ? '' : node.type.toLowerCase()} {lasted(node)} {node.message ?? ''}
              </span>
            </li>
          )}
        </For>
      </ul>
    </Show>
  )
}

function lasted({ startedAt, finishedAt }: WorkflowNode): string {
  if (!startedAt) return ''
  const end = finishedAt ? Date.parse(finishedAt) : Date.now()
  return `${finishedAt ? 'took' : 'for'} ${formatDuration(end - Date.parse(startedAt))}`
}

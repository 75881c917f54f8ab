import { For, Show } from 'solid-js'
import type { ApiProblem } from '../api/client.ts'
import { CopyButton } from './copy-button.tsx'
import { Icon } from './icon.tsx'

type Props = { problem: ApiProblem; onRetry?: () => void; doing?: string; hideErrors?: boolean }

/** An error with everything that is known of it: title, detail, fields, and the request id to quote. */
export function ProblemCard(props: Props) {
  return (
    <div class="notice" data-tone="bad" role="alert">
      <Icon name="cross" />
      <div class="notice-text">
        <strong>
          <Show when={props.doing}>{props.doing}: </Show>
          {props.problem.title}
        </strong>
        <Show when={props.problem.detail && props.problem.detail !== props.problem.title}>
          <p>{props.problem.detail}</p>
        </Show>
        <Show when={!props.hideErrors && props.problem.errors.length > 0}>
          <ul>
            <For each={props.problem.errors}>
              {(error) => (
                <li>
                  <code>{error.path || '/'}</code> {error.message}
                </li>
              )}
            </For>
          </ul>
        </Show>
        <div class="notice-foot">
          <Show when={props.onRetry}>
            {(retry) => (
              <button type="button" class="button" onClick={() => retry()()}>
                Try again
              </button>
            )}
          </Show>
          <Show when={props.problem.requestId}>
            {(id) => (
              <>
                <span class="quiet">
                  Request <code>{id()}</code>
                </span>
                <CopyButton quiet text={id()} label="Copy request id" />
              </>
            )}
          </Show>
        </div>
      </div>
    </div>
  )
}

import { type Call, toCurl } from '../api/curl.ts'
import { CopyButton } from './copy-button.tsx'

/** The API call that does the same as what is on the screen. */
export function ApiCall(props: { call: Call; title?: string }) {
  return (
    <details class="api-call">
      <summary>
        <span class="method" data-method={props.call.method}>
          {props.call.method}
        </span>
        <code>{props.call.path}</code>
        <span class="quiet">{props.title ?? 'API call'}</span>
      </summary>
      <div class="api-call-body">
        <pre tabindex={0}>{toCurl(props.call)}</pre>
        <CopyButton text={toCurl(props.call)} label="Copy as curl" />
      </div>
    </details>
  )
}

import { For, Show } from 'solid-js'
import type { FieldError } from '../api/client.ts'
import { sayError } from '../words/errors.ts'
import { plural } from '../words/format.ts'
import { fieldId } from './field.tsx'
import { Icon } from './icon.tsx'

/** Every error of a form in one place, each leading to its field. */
export function ErrorSummary(props: { title: string; errors: FieldError[] }) {
  return (
    <Show when={props.errors.length > 0}>
      <section class="notice" data-tone="bad" aria-label="Errors">
        <Icon name="cross" />
        <div class="notice-text">
          <strong>
            {props.title}: {plural(props.errors.length, 'error')}
          </strong>
          <ul>
            <For each={props.errors}>
              {(error) => (
                <li>
                  <a href={`#${fieldId(error.path)}`} onClick={(event) => focusField(event, error.path)}>
                    {sayError(error).message}
                  </a>{' '}
                  <code>{error.path || '/'}</code>
                </li>
              )}
            </For>
          </ul>
        </div>
      </section>
    </Show>
  )
}

/** The field itself, or the one above it that is on the page. */
function focusField(event: Event, path: string) {
  event.preventDefault()
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const field = document.getElementById(fieldId(at))
    if (field) return field.focus()
  }
  document.getElementById('raw-document')?.focus()
}

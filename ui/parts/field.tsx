import { createUniqueId, For, type JSX, Show } from 'solid-js'
import type { FieldError } from '../api/client.ts'
import { sayError } from '../words/errors.ts'

type Frame = {
  label: string
  hint?: JSX.Element
  errors?: FieldError[]
  /** The field's pointer in the document; the error summary leads to it. */
  path?: string
  optional?: boolean
}
type Control = { id: string; describedBy: string | undefined; invalid: boolean }

/** A labelled control with its hint and its errors. */
export function Field(props: Frame & { children: (control: Control) => JSX.Element }) {
  const unique = createUniqueId()
  const id = () => (props.path ? fieldId(props.path) : unique)
  const errors = () => props.errors ?? []
  const describedBy = () => {
    const ids = [props.hint ? `${id()}-hint` : '', errors().length > 0 ? `${id()}-error` : '']
    return ids.filter(Boolean).join(' ') || undefined
  }
  return (
    <div class="field" classList={{ invalid: errors().length > 0 }}>
      <label for={id()}>
        {props.label}
        <Show when={props.optional}>
          <span class="quiet"> (optional)</span>
        </Show>
      </label>
      <Show when={props.hint}>
        <div class="hint" id={`${id()}-hint`}>
          {props.hint}
        </div>
      </Show>
      <Show when={errors().length > 0}>
        <ul class="field-errors" id={`${id()}-error`}>
          <For each={errors()}>
            {(error) => (
              <li>
                {sayError(error).message}
                <Show when={sayError(error).hint}>
                  <span class="quiet"> {sayError(error).hint}</span>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Show>
      {props.children({
        get id() {
          return id()
        },
        get describedBy() {
          return describedBy()
        },
        get invalid() {
          return errors().length > 0
        },
      })}
    </div>
  )
}

export function fieldId(path: string): string {
  return `field${path.replaceAll('/', '.')}`
}

type TextProps = Frame & {
  value: string
  onInput: (value: string) => void
  type?: 'text' | 'password' | 'search' | 'url'
  autocomplete?: string
  placeholder?: string
  mono?: boolean
  disabled?: boolean
  /** More than one makes it a text area. */
  rows?: number
}

export function TextField(props: TextProps) {
  return (
    <Field {...frameOf(props)}>
      {(control) => {
        const common = {
          get id() {
            return control.id
          },
          get value() {
            return props.value
          },
          get disabled() {
            return props.disabled
          },
          get placeholder() {
            return props.placeholder
          },
          get 'aria-describedby'() {
            return control.describedBy
          },
          get 'aria-invalid'() {
            return control.invalid
          },
        }
        return (
          <Show
            when={(props.rows ?? 1) > 1}
            fallback={
              <input
                {...common}
                type={props.type ?? 'text'}
                autocomplete={props.autocomplete ?? 'off'}
                spellcheck={false}
                classList={{ mono: props.mono }}
                onInput={(event) => props.onInput(event.currentTarget.value)}
              />
            }
          >
            <textarea
              {...common}
              rows={props.rows}
              spellcheck={false}
              classList={{ mono: props.mono }}
              onInput={(event) => props.onInput(event.currentTarget.value)}
            />
          </Show>
        )
      }}
    </Field>
  )
}

type SelectProps = Frame & {
  value: string
  options: readonly (readonly [value: string, label: string])[]
  onChange: (value: string) => void
  disabled?: boolean
}

export function SelectField(props: SelectProps) {
  return (
    <Field {...frameOf(props)}>
      {(control) => (
        <select
          id={control.id}
          aria-describedby={control.describedBy}
          aria-invalid={control.invalid}
          disabled={props.disabled}
          onChange={(event) => props.onChange(event.currentTarget.value)}
        >
          <For each={props.options}>
            {([value, label]) => (
              <option value={value} selected={value === props.value}>
                {label}
              </option>
            )}
          </For>
        </select>
      )}
    </Field>
  )
}

type CheckProps = {
  label: string
  hint?: string
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}

export function CheckField(props: CheckProps) {
  const id = createUniqueId()
  return (
    <div class="check-field">
      <input
        type="checkbox"
        id={id}
        checked={props.checked}
        disabled={props.disabled}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <label for={id}>{props.label}</label>
      <Show when={props.hint}>
        <div class="hint" id={`${id}-hint`}>
          {props.hint}
        </div>
      </Show>
    </div>
  )
}

/** The frame's part of a field's props, still read when they are needed. */
function frameOf(props: Frame): Frame {
  return {
    get label() {
      return props.label
    },
    get hint() {
      return props.hint
    },
    get errors() {
      return props.errors
    },
    get path() {
      return props.path
    },
    get optional() {
      return props.optional
    },
  }
}

import { createEffect, createSignal } from 'solid-js'
import { may } from '../../access/access.ts'
import { TextField } from '../../parts/field.tsx'
import type { Draft } from './draft.ts'

type PatternProps = {
  label: string
  hint: string
  draft: Draft
  path: string
  list: string[]
  onList: (text: string) => void
}

/** Keeps the text as it is typed, empty lines included, until the list changes from elsewhere. */
export function PatternField(props: PatternProps) {
  const [text, setText] = createSignal('')
  createEffect(() => {
    const outside = props.list.join('\n')
    setText((own) =>
      own
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean)
        .join('\n') === outside
        ? own
        : outside,
    )
  })
  const errors = () =>
    props.draft.errors().filter(({ path }) => path === props.path || path.startsWith(`${props.path}/`))
  return (
    <TextField
      label={props.label}
      hint={props.hint}
      path={props.path}
      rows={4}
      mono
      value={text()}
      errors={errors()}
      disabled={!may('operator')}
      onInput={(value) => {
        setText(value)
        props.onList(value)
      }}
    />
  )
}

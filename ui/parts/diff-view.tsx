import { createSignal, For, Show } from 'solid-js'
import { type DiffLine, diffLines, foldSame } from '../words/diff.ts'
import { plural } from '../words/format.ts'

type Props = { before: string; after: string; beforeLabel: string; afterLabel: string }

/** Two texts as one, with what went and what came; long equal stretches are folded. */
export function DiffView(props: Props) {
  const lines = () => diffLines(props.before, props.after)
  const count = (kind: DiffLine['kind']) => lines().filter((line) => line.kind === kind).length
  return (
    <figure class="diff">
      <figcaption>
        <span class="diff-mark removed">−</span> {props.beforeLabel}{' '}
        <span class="quiet number">{count('removed')}</span>
        <span class="diff-mark added">+</span> {props.afterLabel}{' '}
        <span class="quiet number">{count('added')}</span>
      </figcaption>
      <Show
        when={count('removed') + count('added') > 0}
        fallback={<p class="quiet diff-none">No difference.</p>}
      >
        <section class="diff-lines" tabindex={0} aria-label={`${props.beforeLabel} and ${props.afterLabel}`}>
          <For each={foldSame(lines())}>
            {(line) => (line.kind === 'fold' ? <Fold lines={line.lines} /> : <Line line={line} />)}
          </For>
        </section>
      </Show>
    </figure>
  )
}

function Fold(props: { lines: DiffLine[] }) {
  const [open, setOpen] = createSignal(false)
  return (
    <Show
      when={open()}
      fallback={
        <button type="button" class="diff-fold" onClick={() => setOpen(true)}>
          Show {plural(props.lines.length, 'equal line')}
        </button>
      }
    >
      <For each={props.lines}>{(line) => <Line line={line} />}</For>
    </Show>
  )
}

const marks = { same: ' ', removed: '−', added: '+' }
const words = { same: '', removed: 'removed: ', added: 'added: ' }

function Line(props: { line: DiffLine }) {
  return (
    <div class="diff-line" data-kind={props.line.kind}>
      <span class="diff-number number">{props.line.before ?? ''}</span>
      <span class="diff-number number">{props.line.after ?? ''}</span>
      <span class="diff-sign" aria-hidden="true">
        {marks[props.line.kind]}
      </span>
      <Show when={words[props.line.kind]}>{(word) => <span class="visually-hidden">{word()}</span>}</Show>
      <code>{props.line.text}</code>
    </div>
  )
}

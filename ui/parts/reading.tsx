import { type JSX, Show } from 'solid-js'
import type { Loaded } from '../live/loaded.ts'
import { Age } from './age.tsx'
import { Notice } from './notice.tsx'
import { ProblemCard } from './problem-card.tsx'

type Props<T> = {
  of: Loaded<T>
  /** What is read, in a few words: "the run". */
  what: string
  /** The height of what will be there, so that nothing jumps. */
  lines?: number
  children: (value: () => T) => JSX.Element
}

/** A value that is read: a skeleton before it, the problem instead of it, and its age where a later read failed. */
export function Reading<T>(props: Props<T>) {
  const wrapped = () => {
    const value = props.of.value()
    return value === undefined ? undefined : { value }
  }
  return (
    <>
      <Show when={props.of.problem()}>
        {(problem) => (
          <Show
            when={props.of.at()}
            fallback={
              <ProblemCard
                problem={problem()}
                doing={`Cannot read ${props.what}`}
                onRetry={() => void props.of.reload()}
              />
            }
          >
            {(at) => (
              <Notice tone="warn">
                <strong>What is shown is old.</strong> Read <Age at={at()} />; since then:{' '}
                {problem().detail || problem().title}{' '}
                <button type="button" class="button quiet" onClick={() => void props.of.reload()}>
                  Try again
                </button>
              </Notice>
            )}
          </Show>
        )}
      </Show>
      <Show
        when={wrapped()}
        fallback={
          <Show when={!props.of.problem()}>
            <Skeleton lines={props.lines ?? 3} what={props.what} />
          </Show>
        }
      >
        {(found) => (
          <div class="reading" classList={{ stale: props.of.problem() !== undefined }}>
            {props.children(() => found().value)}
          </div>
        )}
      </Show>
    </>
  )
}

export function Skeleton(props: { lines: number; what: string }) {
  return (
    <div class="skeleton" style={{ height: `${props.lines * 28 - 8}px` }} role="status">
      <span class="visually-hidden">Reading {props.what}</span>
    </div>
  )
}

import { A } from '@solidjs/router'
import { Show } from 'solid-js'
import type { SnapshotSummary } from '../api/client.ts'
import type { Loaded } from '../live/loaded.ts'
import { SelectField } from '../parts/field.tsx'
import { Notice } from '../parts/notice.tsx'
import { Reading } from '../parts/reading.tsx'
import { formatMoment, plural } from '../words/format.ts'
import { snapshotLooks } from '../words/snapshots.ts'

type Props = {
  session: string
  repositories: string[]
  repository: string | undefined
  snapshots: Loaded<{ items: SnapshotSummary[] }>
  usable: SnapshotSummary[]
  chosen: string
  onRepository: (name: string) => void
  onSnapshot: (name: string) => void
}

function label({ name, state, startedAt, indexes, version }: SnapshotSummary): string {
  const taken = startedAt ? formatMoment(startedAt) : 'time unknown'
  return `${name} · ${snapshotLooks[state].word} · ${plural(indexes.length, 'index', 'indexes')} · ${version ?? 'version unknown'} · ${taken}`
}

/** From which snapshot. What cannot be read from is not offered. */
export function SnapshotChoice(props: Props) {
  return (
    <Show
      when={props.repository}
      fallback={
        <Notice tone="warn">
          <span>
            No repository is configured, so there is no snapshot to read.{' '}
            <A href={`/sessions/${props.session}/configure`}>Name a repository</A>
          </span>
        </Notice>
      }
    >
      {(repository) => (
        <div class="plan-fields">
          <Show when={props.repositories.length > 1}>
            <SelectField
              label="Repository"
              value={repository()}
              options={props.repositories.map((name) => [name, name] as const)}
              onChange={props.onRepository}
            />
          </Show>
          <Reading of={props.snapshots} what={`the repository ${repository()}`} lines={2}>
            {() => (
              <Show
                when={props.usable.length > 0}
                fallback={
                  <Notice tone="warn">
                    <span>
                      The repository <strong>{repository()}</strong> holds no snapshot that can be read.{' '}
                      <A href={`/sessions/${props.session}/snapshot?new=1`}>Take one</A>
                    </span>
                  </Notice>
                }
              >
                <SelectField
                  label="Snapshot"
                  value={props.chosen}
                  options={props.usable.map((snapshot) => [snapshot.name, label(snapshot)] as const)}
                  onChange={props.onSnapshot}
                />
              </Show>
            )}
          </Reading>
        </div>
      )}
    </Show>
  )
}

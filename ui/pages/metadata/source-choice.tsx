import { useSearchParams } from '@solidjs/router'
import { Show } from 'solid-js'
import type { SnapshotRef } from '../../api/client.ts'
import { getConfig } from '../../api/queries.ts'
import { getSnapshots } from '../../api/snapshot.ts'
import { createLoaded } from '../../live/loaded.ts'
import { SelectField } from '../../parts/field.tsx'
import { SnapshotChoice } from '../snapshot-choice.tsx'

type Search = { from?: string; repository?: string; snapshot?: string }
export type Reading = ReturnType<typeof createReading>

/** What a start reads: the source cluster, or a snapshot where a repository is configured. Kept in the address. */
export function createReading(session: () => string) {
  const [search, setSearch] = useSearchParams<Search>()
  const config = createLoaded(getConfig, () => [session()])
  const repositories = () => Object.keys(config.value()?.document.repositories ?? {})
  const hasSource = () => config.value()?.document.source !== undefined
  const fromSnapshot = () =>
    repositories().length > 0 &&
    (search.from === 'snapshot' || (config.value() !== undefined && !hasSource()))
  const repository = () => repositories().find((name) => name === search.repository) ?? repositories()[0]
  const snapshots = createLoaded(getSnapshots, () => {
    const name = repository()
    return fromSnapshot() && name !== undefined ? [session(), name] : undefined
  })
  const usable = () =>
    snapshots.value()?.items.filter(({ state }) => state === 'SUCCESS' || state === 'PARTIAL') ?? []
  const chosen = () => (usable().find(({ name }) => name === search.snapshot) ?? usable()[0])?.name
  const snapshotRef = (): SnapshotRef | undefined => {
    const [from, snapshot] = [repository(), chosen()]
    return fromSnapshot() && from !== undefined && snapshot !== undefined
      ? { repository: from, snapshot }
      : undefined
  }
  return {
    repositories,
    hasSource,
    fromSnapshot,
    repository,
    snapshots,
    usable,
    chosen,
    snapshotRef,
    choose: (change: Search) => setSearch(change, { replace: true }),
    /** Whether what is chosen can be started. */
    ready: () => !fromSnapshot() || snapshotRef() !== undefined,
    /** For the body of a start. */
    given: () => {
      const ref = snapshotRef()
      return ref === undefined ? {} : { snapshotRef: ref }
    },
  }
}

/** Nothing to choose where no repository is configured. */
export function SourceChoice(props: { session: string; reading: Reading }) {
  const reading = () => props.reading
  return (
    <Show when={reading().repositories().length > 0}>
      <section class="source-choice" aria-label="What is read">
        <SelectField
          label="Read from"
          value={reading().fromSnapshot() ? 'snapshot' : 'cluster'}
          disabled={!reading().hasSource()}
          options={[
            ['cluster', 'The source cluster'],
            ['snapshot', 'A snapshot'],
          ]}
          onChange={(from) => reading().choose({ from: from === 'snapshot' ? from : undefined })}
        />
        <Show when={reading().fromSnapshot()}>
          <SnapshotChoice
            session={props.session}
            repositories={reading().repositories()}
            repository={reading().repository()}
            snapshots={reading().snapshots}
            usable={reading().usable()}
            chosen={reading().chosen() ?? ''}
            onRepository={(repository) => reading().choose({ repository, snapshot: undefined })}
            onSnapshot={(snapshot) => reading().choose({ snapshot })}
          />
        </Show>
      </section>
    </Show>
  )
}

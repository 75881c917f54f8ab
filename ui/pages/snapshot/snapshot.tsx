import { A, useParams, useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, on, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import { getConfig } from '../../api/queries.ts'
import {
  deleteSnapshot,
  getSnapshotStatus,
  getSnapshots,
  type SnapshotStart,
  startSnapshot,
  stopSnapshot,
} from '../../api/snapshot.ts'
import { watchLive } from '../../live/live.tsx'
import { createLoaded } from '../../live/loaded.ts'
import { createSubmit } from '../../live/submit.ts'
import { announce } from '../../parts/announcer.tsx'
import { ApiCall } from '../../parts/api-call.tsx'
import { Page } from '../../parts/page.tsx'
import { ReasonDialog } from '../../parts/reason-dialog.tsx'
import { isTerminal, statusLooks } from '../../words/states.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { LatestRun } from './latest-run.tsx'
import { RepositoryRoom } from './repository-room.tsx'
import { SnapshotForm } from './snapshot-form.tsx'
import './snapshot.css'

/** Snapshots of the source: what is in the repository, taking one, watching it, and letting one go. */
export default function SnapshotPage() {
  const params = useParams<{ session: string }>()
  const [search, setSearch] = useSearchParams<{ repository?: string; new?: string; delete?: string }>()
  const config = createLoaded(getConfig, () => [params.session])
  const status = createLoaded(getSnapshotStatus, () => [params.session])
  const names = () => Object.keys(config.value()?.document.repositories ?? {})
  const repository = () => names().find((name) => name === search.repository) ?? names()[0]
  const snapshots = createLoaded(getSnapshots, () => {
    const name = repository()
    return name === undefined ? undefined : [params.session, name]
  })
  const [stopping, setStopping] = createSignal(false)
  const [asked, setAsked] = createSignal<SnapshotStart>()
  const open = () => !isTerminal(status.value()?.status)
  const running = () => open() && status.value()?.run

  watchLive({ types: ['run.'], open, changed: () => void status.reload() })
  watchLive({ types: ['snapshot.'], open: () => false, changed: () => void snapshots.reload() })
  createEffect(
    on(
      () => status.value()?.status,
      (now, before) => {
        if (!now || !before || now === before) return
        announce(`Snapshot: ${statusLooks[now].word}`)
        if (isTerminal(now)) void snapshots.reload()
      },
    ),
  )
  const create = createSubmit(async (given: SnapshotStart) => {
    await startSnapshot(params.session, given)
    setSearch({ new: undefined })
    await Promise.all([status.reload(), snapshots.reload()])
  })
  const stop = createSubmit(async (reason: string) => {
    await stopSnapshot(params.session, reason)
    setStopping(false)
    await status.reload()
  })
  const remove = createSubmit(async (name: string) => {
    const answer = await deleteSnapshot(params.session, repository() ?? '', name)
    announce(answer.message)
    setSearch({ delete: undefined })
    await snapshots.reload()
  })
  const doomed = () => snapshots.value()?.items.find(({ name }) => name === search.delete)
  return (
    <Page
      title={`Snapshots of ${params.session}`}
      heading="Snapshot"
      percent={running() ? (status.value()?.progress?.percent ?? undefined) : undefined}
      actions={
        <Show when={may('operator') && status.value()}>
          <Show when={running()}>
            {(run) => (
              <button
                type="button"
                class="button"
                disabled={run().state === 'Stopping'}
                onClick={() => setStopping(true)}
              >
                {run().state === 'Stopping' ? 'Stopping…' : 'Stop…'}
              </button>
            )}
          </Show>
          <Show when={repository() && !search.new}>
            <button
              type="button"
              class="button primary"
              disabled={open()}
              onClick={() => setSearch({ new: '1' })}
            >
              Take a snapshot…
            </button>
          </Show>
        </Show>
      }
    >
      <Show when={search.new && !running() && repository()}>
        {(name) => (
          <SnapshotForm
            session={params.session}
            repositories={names()}
            repository={name()}
            selection={config.value()?.document.selection}
            existing={snapshots.value()?.items.map((snapshot) => snapshot.name) ?? []}
            busy={create.busy()}
            problem={create.problem()}
            onChange={setAsked}
            onStart={(given) => void create.run(given)}
            onClose={() => setSearch({ new: undefined })}
          />
        )}
      </Show>
      <LatestRun status={status} session={params.session} />
      <RepositoryRoom
        session={params.session}
        config={config}
        names={names()}
        repository={repository()}
        snapshots={snapshots}
        busyWith={running() ? String(running() && status.value()?.run?.params.snapshot) : undefined}
        onRepository={(name) => setSearch({ repository: name })}
        onDelete={(name) => setSearch({ delete: name })}
      />
      <ApiCall
        call={{
          method: 'POST',
          path: `/sessions/${params.session}/snapshot/start`,
          body: asked() ?? { repository: repository() ?? 'REPOSITORY', snapshot: 'NAME' },
        }}
        title="Take a snapshot"
      />
      <ApiCall
        call={{ method: 'POST', path: `/sessions/${params.session}/snapshot/stop`, body: {} }}
        title="Stop it"
      />
      <ApiCall call={{ method: 'GET', path: `/sessions/${params.session}/snapshot/status` }} title="Status" />
      <ApiCall
        call={{
          method: 'GET',
          path: `/sessions/${params.session}/snapshots${repository() ? `?repository=${repository()}` : ''}`,
        }}
        title="List the repository"
      />
      <Show when={stopping()}>
        <ReasonDialog
          title="Stop the snapshot"
          verb="Stop the snapshot"
          not="Let it run"
          destructive
          busy={stop.busy()}
          problem={stop.problem()}
          onConfirm={(reason) => void stop.run(reason)}
          onClose={() => setStopping(false)}
        >
          <p>
            The source ends it and removes what it has written of this snapshot. Nothing of it can be gone on
            with; a later one begins anew.
          </p>
          <p>Other snapshots, the source’s indexes and the target stay as they are.</p>
        </ReasonDialog>
      </Show>
      <Show when={doomed()}>
        {(snapshot) => (
          <DeleteDialog
            snapshot={snapshot()}
            session={params.session}
            busy={remove.busy()}
            problem={remove.problem()}
            onConfirm={() => void remove.run(snapshot().name)}
            onClose={() => {
              remove.clear()
              setSearch({ delete: undefined })
            }}
          />
        )}
      </Show>
      <p class="quiet">
        Repositories are named in the <A href={`/sessions/${params.session}/configure`}>config</A>.
      </p>
    </Page>
  )
}

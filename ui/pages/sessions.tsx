import { A, query, useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, For, onCleanup, Show } from 'solid-js'
import { may } from '../access/access.ts'
import { api, ok, type Session } from '../api/client.ts'
import { createLoaded } from '../live/loaded.ts'
import { createSubmit } from '../live/submit.ts'
import { ApiCall } from '../parts/api-call.tsx'
import { Icon } from '../parts/icon.tsx'
import { Page } from '../parts/page.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'
import { Reading } from '../parts/reading.tsx'
import { isTerminal } from '../words/states.ts'
import { CreateDialog, DeleteDialog } from './session-dialogs.tsx'
import { SessionRow } from './session-row.tsx'
import './sessions.css'

const BUSY_MS = 3_000
const CALM_MS = 30_000

const getSessions = query(
  (search: string, archived: 'true' | 'false', cursor: string) =>
    ok(
      api.GET('/sessions', {
        params: { query: { archived, limit: '50', ...(search && { search }), ...(cursor && { cursor }) } },
      }),
    ),
  'sessions',
)

/** Every session: where it goes from and to, how its actions stand, what is wrong, when something last happened. */
export function SessionsPage() {
  const [params, setParams] = useSearchParams<{ search?: string; archived?: string; cursor?: string }>()
  const archived = (): 'true' | 'false' => (params.archived === 'true' ? 'true' : 'false')
  const list = createLoaded(getSessions, () => [params.search ?? '', archived(), params.cursor ?? ''])
  const [dialog, setDialog] = createSignal<
    { kind: 'create' } | { kind: 'clone' | 'delete'; session: Session }
  >()
  const archive = createSubmit(async (session: Session) => {
    const body = { archived: session.archivedAt === null }
    await ok(api.PATCH('/sessions/{session}', { params: { path: { session: session.name } }, body }))
    await list.reload()
  })

  const anyOpen = () =>
    list
      .value()
      ?.items.some((session) => Object.values(session.actions).some(({ status }) => !isTerminal(status)))
  createEffect(() => {
    const timer = setInterval(() => void list.reload(), anyOpen() ? BUSY_MS : CALM_MS)
    onCleanup(() => clearInterval(timer))
  })
  let typing: ReturnType<typeof setTimeout> | undefined
  const search = (text: string) => {
    clearTimeout(typing)
    typing = setTimeout(
      () => setParams({ search: text || undefined, cursor: undefined }, { replace: true }),
      200,
    )
  }
  onCleanup(() => clearTimeout(typing))

  const close = () => setDialog(undefined)
  const chosen = (kind: 'clone' | 'delete') => {
    const open = dialog()
    return open && open.kind !== 'create' && open.kind === kind ? open.session : undefined
  }
  return (
    <Page
      title={archived() === 'true' ? 'Archived sessions' : 'Sessions'}
      actions={
        <Show when={may('operator')}>
          <button type="button" class="button primary" onClick={() => setDialog({ kind: 'create' })}>
            <Icon name="plus" />
            New session
          </button>
        </Show>
      }
    >
      <div class="toolbar">
        <input
          type="search"
          aria-label="Search sessions by name"
          placeholder="Search by name"
          value={params.search ?? ''}
          onInput={(event) => search(event.currentTarget.value.trim())}
        />
        <A href={archived() === 'true' ? '/' : '/?archived=true'} class="toolbar-link">
          {archived() === 'true' ? 'Show current sessions' : 'Show archived'}
        </A>
      </div>
      <Show when={archive.problem()}>{(problem) => <ProblemCard problem={problem()} />}</Show>
      <Reading of={list} what="the sessions" lines={8}>
        {(page) => (
          <>
            <Show
              when={page().items.length > 0}
              fallback={
                <Nothing
                  search={params.search}
                  archived={archived() === 'true'}
                  onCreate={() => setDialog({ kind: 'create' })}
                />
              }
            >
              <ul class="session-list">
                <For each={page().items}>
                  {(session) => (
                    <SessionRow
                      session={session}
                      busy={archive.busy()}
                      onArchive={() => void archive.run(session)}
                      onClone={() => setDialog({ kind: 'clone', session })}
                      onDelete={() => setDialog({ kind: 'delete', session })}
                    />
                  )}
                </For>
              </ul>
              <Show when={page().next}>
                {(next) => (
                  <button type="button" class="button" onClick={() => setParams({ cursor: next() })}>
                    Older sessions
                  </button>
                )}
              </Show>
            </Show>
            <ApiCall
              call={{ method: 'GET', path: `/sessions${archived() === 'true' ? '?archived=true' : ''}` }}
            />
          </>
        )}
      </Reading>
      <Show when={dialog()?.kind === 'create'}>
        <CreateDialog onClose={close} />
      </Show>
      <Show when={chosen('clone')}>
        {(session) => <CreateDialog original={session().name} onClose={close} />}
      </Show>
      <Show when={chosen('delete')}>
        {(session) => (
          <DeleteDialog name={session().name} onClose={close} onDone={() => void list.reload()} />
        )}
      </Show>
    </Page>
  )
}

function Nothing(props: { search: string | undefined; archived: boolean; onCreate: () => void }) {
  return (
    <div class="nothing">
      <Show when={!props.search} fallback={<p>No session has “{props.search}” in its name.</p>}>
        <Show when={!props.archived} fallback={<p>No session is archived.</p>}>
          <p class="strong">No sessions yet</p>
          <p class="quiet">A session is one migration: from a source cluster to a target cluster.</p>
          <Show when={may('operator')}>
            <button type="button" class="button primary" onClick={() => props.onCreate()}>
              Create the first session
            </button>
          </Show>
        </Show>
      </Show>
    </div>
  )
}

import { useParams, useSearchParams } from '@solidjs/router'
import { createSignal, onCleanup, onMount, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import { apiBase } from '../../api/client.ts'
import { watchLive } from '../../live/live.tsx'
import { announce } from '../../parts/announcer.tsx'
import { ApiCall } from '../../parts/api-call.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { Reading } from '../../parts/reading.tsx'
import { ClusterForm } from './cluster-form.tsx'
import { Conflict } from './conflict.tsx'
import { createDraft, type Draft } from './draft.ts'
import { ImportDialog } from './import-dialog.tsx'
import { IndexPicker } from './index-picker.tsx'
import { RawDocument } from './raw-document.tsx'
import { RepositoriesForm } from './repositories-form.tsx'
import { Versions } from './versions.tsx'
import './configure.css'

/** What this migration is: source, target, repositories and indexes, as forms and as the document that they make. */
export default function ConfigurePage() {
  const params = useParams<{ session: string }>()
  const draft = createDraft(params.session)
  const [search, setSearch] = useSearchParams<{ view?: string }>()
  const [importing, setImporting] = createSignal(false)
  watchLive({ types: ['config.'], open: () => false, changed: () => void draft.loaded.reload() })
  warnBeforeLeaving(draft)
  return (
    <Page
      title={`Configure ${params.session}`}
      heading="Configure"
      actions={
        <>
          <button
            type="button"
            class="button"
            onClick={() => setSearch({ view: search.view === 'versions' ? undefined : 'versions' })}
          >
            {search.view === 'versions' ? 'Hide versions' : 'Versions'}
          </button>
          <Show when={may('operator')}>
            <button type="button" class="button" onClick={() => setImporting(true)}>
              Import YAML
            </button>
          </Show>
          <a
            class="button"
            rel="external"
            href={`${apiBase}/sessions/${params.session}/config/export`}
            download={`${params.session}.yaml`}
          >
            Export YAML
          </a>
        </>
      }
    >
      <Reading of={draft.loaded} what="the config" lines={16}>
        {() => (
          <>
            <Show when={draft.theirs()}>{(theirs) => <Conflict draft={draft} theirs={theirs()} />}</Show>
            <ErrorSummary
              title="The config has errors; nothing starts from it as it is"
              errors={shownErrors(draft)}
            />
            <Show when={search.view === 'versions'}>
              <Versions draft={draft} />
            </Show>
            <Show when={!may('operator')}>
              <Notice tone="calm">Your token may read this and not change it.</Notice>
            </Show>
            <div class="configure">
              <form
                class="forms"
                onSubmit={(event) => event.preventDefault()}
                onFocusOut={(event) => draft.touch(event.target.id)}
              >
                <div class="columns">
                  <ClusterForm side="source" draft={draft} />
                  <ClusterForm side="target" draft={draft} />
                </div>
                <IndexPicker draft={draft} />
                <RepositoriesForm draft={draft} />
              </form>
              <RawDocument draft={draft} />
            </div>
            <SaveBar draft={draft} />
          </>
        )}
      </Reading>
      <Show when={importing()}>
        <ImportDialog draft={draft} onClose={() => setImporting(false)} />
      </Show>
    </Page>
  )
}

/** All errors of a document that was saved; before that, those of the fields that were left. */
function shownErrors(draft: Draft) {
  return draft.errors().filter(({ path }) => draft.errorsAt(path).length > 0)
}

function SaveBar(props: { draft: Draft }) {
  const version = () => Number(/\d+/.exec(props.draft.base().etag)?.[0] ?? 0)
  const call = () => ({
    method: 'PUT' as const,
    path: `/sessions/${props.draft.session}/config`,
    body: props.draft.document(),
    headers: { 'If-Match': props.draft.base().etag },
  })
  async function save() {
    if (await props.draft.save.run()) announce(`Version ${version()} is saved`)
  }
  return (
    <>
      <div class="save-bar">
        <Show when={props.draft.save.problem()}>
          {(problem) => <ProblemCard doing="Not saved" problem={problem()} />}
        </Show>
        <div class="save-line">
          <span>
            <strong class="number">{version() === 0 ? 'Nothing saved yet' : `Version ${version()}`}</strong>
            <span class="quiet">
              {' '}
              · {props.draft.dirty() ? 'changes not saved, kept in this browser' : 'no changes'}
            </span>
          </span>
          <Show when={may('operator')}>
            <button
              type="button"
              class="button quiet"
              disabled={!props.draft.dirty()}
              onClick={() => props.draft.discard()}
            >
              Discard changes
            </button>
            <button
              type="button"
              class="button primary"
              disabled={!props.draft.dirty() || props.draft.save.busy() || props.draft.theirs() !== undefined}
              onClick={() => void save()}
            >
              {props.draft.save.busy()
                ? 'Saving…'
                : props.draft.errors().length > 0
                  ? 'Save as a draft'
                  : 'Save'}
            </button>
          </Show>
        </div>
      </div>
      <ApiCall call={call()} />
    </>
  )
}

function warnBeforeLeaving(draft: Draft) {
  const ask = (event: BeforeUnloadEvent) => draft.dirty() && event.preventDefault()
  onMount(() => addEventListener('beforeunload', ask))
  onCleanup(() => removeEventListener('beforeunload', ask))
}

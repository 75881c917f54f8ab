import { useSearchParams } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { ConfigVersion } from '../../api/client.ts'
import { getVersions } from '../../api/queries.ts'
import { watchLive } from '../../live/live.tsx'
import { createLoaded } from '../../live/loaded.ts'
import { Age } from '../../parts/age.tsx'
import { DiffView } from '../../parts/diff-view.tsx'
import { Reading } from '../../parts/reading.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { plural } from '../../words/format.ts'
import { toYaml } from '../../words/yaml.ts'
import type { Draft } from './draft.ts'

/** Every version that was saved, and what changed from one to another. */
export function Versions(props: { draft: Draft }) {
  const [params, setParams] = useSearchParams<{ version?: string; against?: string }>()
  const versions = createLoaded(getVersions, () => [props.draft.session])
  watchLive({ types: ['config.'], open: () => false, changed: () => void versions.reload() })
  const find = (number: string | undefined) =>
    versions.value()?.items.find(({ version }) => String(version) === number)
  const chosen = () => find(params.version) ?? versions.value()?.items[0]
  const against = () => find(params.against) ?? find(String((chosen()?.version ?? 0) - 1))
  return (
    <section aria-labelledby="versions-title" class="form-section">
      <h2 id="versions-title">Versions</h2>
      <Reading of={versions} what="the versions" lines={4}>
        {(page) => (
          <Show when={page().items.length > 0} fallback={<p class="quiet">Nothing is saved yet.</p>}>
            <ul class="versions">
              <For each={page().items}>
                {(version) => (
                  <li aria-current={version.version === chosen()?.version ? 'true' : undefined}>
                    <button
                      type="button"
                      class="version"
                      onClick={() => setParams({ version: String(version.version), against: undefined })}
                    >
                      <span class="strong number">Version {version.version}</span>
                      <Validity version={version} />
                      <span class="quiet">
                        {version.author}, <Age at={version.createdAt} />
                      </span>
                    </button>
                  </li>
                )}
              </For>
            </ul>
            <Show when={chosen()}>
              {(version) => (
                <>
                  <DiffView
                    before={against() ? toYaml(against()?.document) : ''}
                    after={toYaml(version().document)}
                    beforeLabel={against() ? `Version ${against()?.version}` : 'Nothing'}
                    afterLabel={`Version ${version().version}`}
                  />
                  <button
                    type="button"
                    class="button"
                    onClick={() => props.draft.replace(version().document)}
                  >
                    Edit from version {version().version}
                  </button>
                </>
              )}
            </Show>
          </Show>
        )}
      </Reading>
    </section>
  )
}

function Validity(props: { version: ConfigVersion }) {
  return (
    <Chip
      look={
        props.version.valid
          ? { word: 'Valid', tone: 'good', icon: 'check' }
          : { word: `Draft, ${plural(props.version.errors.length, 'error')}`, tone: 'warn', icon: 'pencil' }
      }
    />
  )
}

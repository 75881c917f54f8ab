import { query } from '@solidjs/router'
import { createSignal, For, Show } from 'solid-js'
import { may, me } from '../access/access.ts'
import { api, ok, type Readiness, type Token } from '../api/client.ts'
import { createLoaded } from '../live/loaded.ts'
import { createSubmit } from '../live/submit.ts'
import { Age } from '../parts/age.tsx'
import { ApiCall } from '../parts/api-call.tsx'
import { NameDialog } from '../parts/name-dialog.tsx'
import { Page } from '../parts/page.tsx'
import { Reading } from '../parts/reading.tsx'
import { Chip } from '../parts/state-chip.tsx'
import { TokenForm } from './token-form.tsx'
import './pages.css'

const getTokens = query(() => ok(api.GET('/tokens', { params: { query: { limit: '200' } } })), 'tokens')
const getVersion = query(() => ok(api.GET('/version')), 'version')
/** A 503 names what is missing, so it is an answer too. */
const getReadiness = query(async (): Promise<Readiness> => {
  const { data, error } = await api.GET('/readyz')
  const found = data ?? (error as Readiness | undefined) // 503 has the same form as 200
  return found?.database ? found : ok(api.GET('/readyz'))
}, 'readiness')

/** Who may come in, what runs here, and whether what it needs is there. */
export default function SettingsPage() {
  const version = createLoaded(getVersion, () => [])
  const readiness = createLoaded(getReadiness, () => [])
  return (
    <Page title="Settings">
      <section aria-labelledby="you">
        <h2 id="you">You</h2>
        <p>
          Signed in with the token <strong>{me()?.name}</strong>, role {me()?.role},{' '}
          {me()?.sessions === '*' ? 'for every session' : `for ${[me()?.sessions ?? []].flat().join(', ')}`}.
        </p>
      </section>
      <Show when={may('admin') && me()?.sessions === '*'}>
        <Tokens />
      </Show>
      <section aria-labelledby="service">
        <h2 id="service">Service</h2>
        <Reading of={version} what="the version" lines={1}>
          {(found) => (
            <p>
              Version <strong>{found().version}</strong> on {found().runtime}, engine {found().engine},
              started <Age at={found().startedAt} />
            </p>
          )}
        </Reading>
        <Reading of={readiness} what="the dependencies" lines={3}>
          {(found) => (
            <ul class="parts-health">
              <For each={['database', 'queue', 'engine'] as const}>
                {(name) => (
                  <li>
                    <span class="strong">{name}</span>
                    <Chip
                      look={
                        found()[name].status === 'ok'
                          ? { word: 'OK', tone: 'good', icon: 'check' }
                          : { word: 'Unavailable', tone: 'bad', icon: 'cross' }
                      }
                    />
                    <span class="quiet">{found()[name].detail ?? ''}</span>
                  </li>
                )}
              </For>
            </ul>
          )}
        </Reading>
        <button type="button" class="button" onClick={() => void readiness.reload()}>
          Ask again
        </button>
        <ApiCall call={{ method: 'GET', path: '/readyz' }} />
      </section>
    </Page>
  )
}

function Tokens() {
  const tokens = createLoaded(getTokens, () => [])
  const [revoking, setRevoking] = createSignal<Token>()
  const revoke = createSubmit(async (token: Token) => {
    await ok(api.DELETE('/tokens/{token}', { params: { path: { token: token.id } } }))
    setRevoking(undefined)
    await tokens.reload()
  })
  return (
    <section aria-labelledby="tokens">
      <h2 id="tokens">Tokens</h2>
      <Reading of={tokens} what="the tokens" lines={3}>
        {(page) => (
          <ul class="tokens">
            <For each={page().items}>
              {(token) => (
                <li>
                  <span class="strong">{token.name}</span>
                  <span>{token.role}</span>
                  <span class="quiet">
                    {token.sessions === '*' ? 'every session' : token.sessions.join(', ')}
                  </span>
                  <span class="quiet">
                    made <Age at={token.createdAt} /> by {token.createdBy}
                  </span>
                  <TokenEnd token={token} />
                  <Show when={!token.revokedAt}>
                    <button
                      type="button"
                      class="button quiet"
                      aria-label={`Revoke ${token.name}`}
                      onClick={() => setRevoking(token)}
                    >
                      Revoke…
                    </button>
                  </Show>
                </li>
              )}
            </For>
          </ul>
        )}
      </Reading>
      <TokenForm onCreated={() => void tokens.reload()} />
      <ApiCall
        call={{ method: 'POST', path: '/tokens', body: { name: 'ci', role: 'operator', sessions: '*' } }}
      />
      <Show when={revoking()}>
        {(token) => (
          <NameDialog
            title={`Revoke ${token().name}`}
            name={token().name}
            verb="Revoke token"
            deletes={[
              'The token: every call with it is refused at once',
              'The sign-ins of browsers that came in by it',
            ]}
            keeps={['Sessions, runs and what they did', 'The audit entries of the token']}
            busy={revoke.busy()}
            problem={revoke.problem()}
            onConfirm={() => void revoke.run(token())}
            onClose={() => setRevoking(undefined)}
          />
        )}
      </Show>
    </section>
  )
}

function TokenEnd(props: { token: Token }) {
  return (
    <span class="quiet">
      <Show
        when={props.token.revokedAt}
        fallback={
          <Show when={props.token.expiresAt} fallback="does not expire">
            {(at) => <>expires {at().slice(0, 10)}</>}
          </Show>
        }
      >
        {(at) => (
          <>
            revoked <Age at={at()} />
          </>
        )}
      </Show>
    </span>
  )
}

import { createMemo, Match, Show, Switch } from 'solid-js'
import { may } from '../../access/access.ts'
import type { ClusterRole } from '../../api/client.ts'
import { CheckField, SelectField, TextField } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Connection } from './connection.tsx'
import type { Draft } from './draft.ts'
import { SecretField } from './secret-field.tsx'

const authTypes = [
  ['none', 'None'],
  ['basic', 'User and password'],
  ['apiKey', 'API key'],
  ['sigv4', 'AWS SigV4'],
  ['mtls', 'Client certificate (mTLS)'],
] as const
type AuthType = (typeof authTypes)[number][0]

/** One end of the migration: where it is, how to sign in, and whether that works. */
export function ClusterForm(props: { side: ClusterRole; draft: Draft }) {
  const at = (path: string) => `/${props.side}${path}`
  const title = () => (props.side === 'source' ? 'Source' : 'Target')
  const field = (path: string) => ({
    path: at(path),
    value: props.draft.text(at(path)),
    errors: props.draft.errorsAt(at(path)),
    onInput: (value: string) => props.draft.set(at(path), value || undefined),
    disabled: !may('operator'),
  })
  const auth = createMemo((): AuthType => {
    const type = props.draft.text(at('/auth/type'))
    return authTypes.find(([value]) => value === type)?.[0] ?? 'none'
  })
  const https = () => props.draft.text(at('/endpoint')).startsWith('https:')

  /** A cluster without auth says so; a cluster without an endpoint is none. */
  function setEndpoint(value: string) {
    props.draft.set(at('/endpoint'), value.trim() || undefined)
    const none = auth() === 'none'
    if (none) props.draft.set(at('/auth'), value.trim() ? { type: 'none' } : undefined)
  }
  return (
    <section aria-labelledby={`form-${props.side}`} class="form-section">
      <h2 id={`form-${props.side}`}>{title()}</h2>
      <TextField
        {...field('/endpoint')}
        label="Endpoint"
        type="url"
        mono
        placeholder="https://search.example.com:9200"
        errors={[...props.draft.errorsAt(at('')), ...props.draft.errorsAt(at('/endpoint'))]}
        onInput={setEndpoint}
      />
      <SelectField
        label="Sign in with"
        path={at('/auth/type')}
        value={auth()}
        options={authTypes}
        disabled={!may('operator')}
        errors={[...props.draft.errorsAt(at('/auth')), ...props.draft.errorsAt(at('/auth/type'))]}
        onChange={(type) => props.draft.set(at('/auth'), startOf(type, props.side))}
      />
      <Switch>
        <Match when={auth() === 'basic'}>
          <TextField {...field('/auth/username')} label="User" />
          <SecretField
            draft={props.draft}
            path={at('/auth/secret')}
            label="Password"
            form="The password itself."
          />
        </Match>
        <Match when={auth() === 'apiKey'}>
          <SecretField
            draft={props.draft}
            path={at('/auth/secret')}
            label="API key"
            form="The encoded key, as the cluster gave it."
          />
        </Match>
        <Match when={auth() === 'sigv4'}>
          <TextField {...field('/auth/region')} label="Region" placeholder="eu-central-1" />
          <SelectField
            {...field('/auth/service')}
            label="Service"
            options={[
              ['es', 'OpenSearch Service (es)'],
              ['aoss', 'OpenSearch Serverless (aoss)'],
            ]}
            onChange={(value) => props.draft.set(at('/auth/service'), value)}
          />
          <SecretField
            draft={props.draft}
            path={at('/auth/secret')}
            label="AWS key"
            optional
            form="ACCESS_KEY_ID:SECRET_ACCESS_KEY, with :SESSION_TOKEN if there is one. Without a secret, the role of the server is used where that is allowed."
          />
        </Match>
        <Match when={auth() === 'mtls'}>
          <TextField {...field('/auth/certificate')} label="Certificate (PEM)" rows={4} mono />
          <SecretField
            draft={props.draft}
            path={at('/auth/keySecret')}
            label="Private key"
            form="The key in PEM."
          />
        </Match>
      </Switch>
      <Show when={https() || props.draft.text(at('/tls/ca')) || props.draft.text(at('/tls/insecure'))}>
        <details class="more" open={props.draft.text(at('/tls/insecure')) === 'true'}>
          <summary>TLS</summary>
          <TextField
            {...field('/tls/ca')}
            label="Private CA (PEM)"
            optional
            rows={4}
            mono
            errors={[...props.draft.errorsAt(at('/tls')), ...props.draft.errorsAt(at('/tls/ca'))]}
          />
          <CheckField
            label="Do not check the certificate"
            checked={props.draft.text(at('/tls/insecure')) === 'true'}
            disabled={!may('operator')}
            onChange={(checked) => props.draft.set(at('/tls/insecure'), checked || undefined)}
          />
          <Show when={props.draft.text(at('/tls/insecure')) === 'true'}>
            <Notice tone="warn">
              Anybody between here and the cluster can read and change everything, the credentials included.
            </Notice>
          </Show>
        </details>
      </Show>
      <details class="more" open={props.draft.text(at('/version')) !== ''}>
        <summary>Version</summary>
        <TextField
          {...field('/version')}
          label="Version"
          optional
          hint="Detected. Write one such as “ES 7.10” only to override it."
        />
      </details>
      <Connection side={props.side} draft={props.draft} />
    </section>
  )
}

function startOf(type: string, role: ClusterRole): Record<string, unknown> {
  if (type === 'basic') return { type, secret: `${role}-password` }
  if (type === 'apiKey') return { type, secret: `${role}-api-key` }
  if (type === 'sigv4') return { type, service: 'es' }
  if (type === 'mtls') return { type, keySecret: `${role}-key` }
  return { type: 'none' }
}

import * as v from 'valibot'
import { ConfigDocument, type ConfigValidity } from './config.ts'
import { type FieldError, fieldErrors } from './field-error.ts'

/** Checks a draft as a start would: its form, and what must hold between its parts. Looks nothing up. */
export function judgeConfig(draft: unknown): ConfigValidity & { document: ConfigDocument | null } {
  const parsed = v.safeParse(ConfigDocument, draft)
  if (!parsed.success) return { valid: false, errors: fieldErrors(parsed.issues), document: null }
  const errors = crossErrors(parsed.output)
  return { valid: errors.length === 0, errors, document: errors.length === 0 ? parsed.output : null }
}

function crossErrors({ source, target }: ConfigDocument): FieldError[] {
  const errors: FieldError[] = []
  if (source && target && sameEndpoint(source.endpoint, target.endpoint))
    errors.push({
      path: '/target/endpoint',
      code: 'source_is_target',
      message: 'Source and target are the same endpoint',
      hint: 'Enter the cluster to move to',
    })
  for (const [role, cluster] of [
    ['source', source],
    ['target', target],
  ] as const) {
    if (cluster?.auth.type === 'mtls' && new URL(cluster.endpoint).protocol === 'http:')
      errors.push({
        path: `/${role}/endpoint`,
        code: 'tls_needed',
        message: 'A client certificate needs https',
        hint: 'Write the endpoint with https://',
      })
    if (cluster?.tls && new URL(cluster.endpoint).protocol === 'http:')
      errors.push({
        path: `/${role}/tls`,
        code: 'tls_needed',
        message: 'TLS settings need https',
        hint: 'Write the endpoint with https://, or remove tls',
      })
  }
  return errors
}

function sameEndpoint(a: string, b: string): boolean {
  const normal = (endpoint: string) =>
    new URL(endpoint).href.replace(/\/+$/, '').replace('//localhost', '//127.0.0.1')
  return normal(a) === normal(b)
}

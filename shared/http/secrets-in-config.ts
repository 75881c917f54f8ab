// A config is kept and shown as it is, so a credential that was written into it is refused before it is saved.
import type { FieldError } from '../domain/field-error.ts'
import { Problem } from '../problems.ts'

const places = ['source', 'target', 'repositories']
const secretKeys =
  /^(pass(word|wd|phrase)?|key|private_?key|api_?key|token|session_?token|secret_?access_?key|access_?key(_?id)?|credentials?|authorization)$/i
const credentialText = /^[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#\s]*@|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/i
const hint = 'Leave it out, set it with PUT …/secrets/{name}, and name that secret here'

/** Refuses a document that holds what looks like a credential; what it is is not repeated. */
export function refuseSecretsIn(draft: Record<string, unknown>): void {
  const errors = places.flatMap((place) => (place in draft ? look(draft[place], `/${place}`) : []))
  if (errors.length > 0)
    throw new Problem(
      'invalid_input',
      `The config holds a credential at ${errors[0]?.path}, and was not saved`,
      {
        errors: errors.slice(0, 100),
      },
    )
}

function look(value: unknown, path: string, key = ''): FieldError[] {
  if (typeof value === 'string' || typeof value === 'number')
    return secretKeys.test(key) || credentialText.test(String(value))
      ? [{ path, code: 'secret_in_config', message: 'A config holds no credentials', hint }]
      : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, entry]) =>
    look(
      entry,
      `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      Array.isArray(value) ? key : name,
    ),
  )
}

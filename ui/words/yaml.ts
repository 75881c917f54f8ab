// A JSON document as YAML, for reading and editing. It is read back by the API, which knows all of YAML.
import { isObject } from './pointer.ts'

export function toYaml(value: unknown): string {
  return isObject(value) && Object.keys(value).length === 0 ? '{}\n' : `${block(value, '')}\n`
}

function block(value: unknown, indent: string): string {
  if (Array.isArray(value) && value.length > 0)
    return value.map((item) => `${indent}- ${nested(item, `${indent}  `).trimStart()}`).join('\n')
  if (isObject(value) && Object.keys(value).length > 0)
    return Object.entries(value)
      .map(
        ([key, inner]) =>
          `${indent}${scalar(key)}:${isNested(inner) ? '\n' : ' '}${nested(inner, `${indent}  `)}`,
      )
      .join('\n')
  return scalar(value)
}

function nested(value: unknown, indent: string): string {
  return isNested(value) ? block(value, indent) : scalar(value)
}

function isNested(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0
}

/** A word that YAML reads as itself stays bare; everything else is JSON, which YAML reads too. */
function scalar(value: unknown): string {
  const bare = typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_/.-]*$/.test(value)
  const special = typeof value === 'string' && /^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
  return bare && !special ? String(value) : JSON.stringify(value)
}

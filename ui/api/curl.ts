import { apiBase } from './client.ts'

export type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: unknown
  headers?: Record<string, string>
}

/** The same call for a shell. The token is read from the environment, so that no secret is ever copied. */
export function toCurl({ method, path, body, headers = {} }: Call): string {
  const parts = [
    `curl -sS${method === 'GET' ? '' : ` -X ${method}`} ${quote(location.origin + apiBase + path)}`,
  ]
  parts.push(`-H "Authorization: Bearer $MA_TOKEN"`)
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quote(`${name}: ${value}`)}`)
  if (body !== undefined) {
    parts.push(`-H 'Content-Type: application/json'`)
    parts.push(`-d ${quote(JSON.stringify(body))}`)
  }
  return parts.join(' \\\n  ')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

import { ClusterFailure } from './client.ts'

/**
 * One path segment out of a foreign name, so that `a/b` stays one segment. `.` and `..` have no safe form (proxies
 * resolve even `%2e%2e`), so they are refused, as is the empty name, which would reach the route above.
 */
export function encodeSegment(name: string): string {
  if (name === '' || name === '.' || name === '..' || !name.isWellFormed()) {
    throw new ClusterFailure(
      'protocol',
      `Cannot address ${JSON.stringify(name)}: it is no name of an object`,
      {
        remedy: 'Rename the object or leave it out of the selection.',
      },
    )
  }
  return encodeURIComponent(name)
}

/**
 * The segment of exactly one index. Names that Elasticsearch would read as something else are refused: a route or
 * `_all`, a wildcard, a list, an exclusion, date maths. No index can bear such a name.
 */
export function encodeIndex(name: string): string {
  if (/^[_+-]|[*?,<>|"\\/\s]/.test(name)) {
    throw new ClusterFailure('protocol', `Cannot address ${JSON.stringify(name)}: it is no name of an index`)
  }
  return encodeSegment(name)
}

/** A query string in the one encoding that an AWS signature and the wire share. */
export function encodeQuery(query: Record<string, string | number | boolean>): string {
  return Object.entries(query)
    .map(([key, value]) => `${strict(key)}=${strict(String(value))}`)
    .join('&')
}

const strict = (text: string) =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )

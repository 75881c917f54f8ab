// The files of the API reader at `/docs`, whichever runtime serves them.

/** Nothing from elsewhere, no inline script, no frame around it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** What every file that a browser runs or shows is sent with. */
export function fileHeaders(type: string, cache = 'no-cache'): Record<string, string> {
  return {
    'content-type': type,
    'cache-control': cache,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
}

/** Starts the reader; a file of its own, because the pages allow no inline script. */
export const READER = `const reader = document.getElementById('reader')
SwaggerUIBundle({ url: reader.dataset.document, domNode: reader, deepLinking: true, validatorUrl: null })
`

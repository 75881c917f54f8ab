// GET /docs
import { html } from 'hono/html'
import { operation, route } from '../../shared/http/route.ts'

/** The reader of the API. Its scripts and styles are files of our own; nothing comes from elsewhere. */
export default route().get(
  '/docs',
  operation({
    id: 'systemDocs',
    summary: 'Read the API in a browser',
    access: 'public',
    returns: { 200: { mediaType: 'text/html', description: 'The reader' } },
  }),
  (c) => {
    const base = c.var.door.basePath
    c.header(
      'content-security-policy',
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
    )
    return c.html(
      html`<!doctype html>
        <html lang="en">
          <head>
            <meta charset="utf-8" />
            <title>Migration Assistant API</title>
            <link rel="stylesheet" href="${base}/docs/swagger-ui.css" />
          </head>
          <body>
            <div id="reader" data-document="${base}/openapi.json"></div>
            <script src="${base}/docs/swagger-ui-bundle.js"></script>
            <script src="${base}/docs/reader.js"></script>
          </body>
        </html>`,
    )
  },
)

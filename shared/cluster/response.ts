import { ClusterFailure, type ClusterResponse } from './client.ts'
import { foreignText } from './foreign-text.ts'

type Raw = Pick<ClusterResponse, 'status' | 'headers' | 'bytes'>

/** An answer with its readers. Also for fakes in tests. */
export function responseOf(raw: Raw, origin: string, redact = (text: string) => text): ClusterResponse {
  const text = () => new TextDecoder().decode(raw.bytes)
  return {
    ...raw,
    text,
    json(): unknown {
      try {
        return JSON.parse(text())
      } catch {
        // The parser's own error is dropped: it quotes the foreign text uncut.
        throw notJson(raw, origin, redact(text()))
      }
    },
  }
}

function notJson({ status, headers }: Raw, origin: string, text: string): ClusterFailure {
  const contentType = foreignText(headers.get('content-type') ?? 'none', 100)
  const html = /^\s*<(!doctype|html)/i.test(text)
  const what = text.trim() === '' ? 'empty' : html ? 'a web page' : 'not JSON'
  return new ClusterFailure(
    'protocol',
    `Cannot read the answer of ${origin}: it is ${what} (status ${status})`,
    {
      status,
      evidence: { status, contentType, answer: foreignText(text) },
      remedy: 'Check that the endpoint is the cluster itself, not a proxy, a sign-in page or a dashboard.',
    },
  )
}

// Everything an index holds, read page by page, with the source bytes as the engine gives them: nothing is parsed that
// a parser would change.
import { createHash } from 'node:crypto'

const PAGE = 2_000
const SOURCE = Buffer.from('"_source":')

type Hit = { _id: string; _routing?: string }
type Page = { hits: { hits: Hit[] }; _scroll_id: string }

/** `id|routing|sha256` of every document, unsorted. */
export async function linesOf(url: string, index: string): Promise<string[]> {
  await post(`${url}/${index}/_refresh`, {})
  const lines: string[] = []
  let answer = await post(`${url}/${index}/_search?scroll=2m`, { size: PAGE, sort: ['_doc'] })
  for (;;) {
    const page = JSON.parse(answer.toString('utf8')) as Page // a search's own shape
    const { hits } = page.hits
    if (hits.length === 0) return lines
    const sources = sourcesIn(answer)
    if (sources.length !== hits.length)
      throw new Error(`${sources.length} sources of ${hits.length} documents`)
    for (const [i, { _id, _routing = '' }] of hits.entries())
      lines.push(
        `${_id}|${_routing}|${createHash('sha256')
          .update(sources[i] ?? '')
          .digest('hex')}`,
      )
    answer = await post(`${url}/_search/scroll`, { scroll: '2m', scroll_id: page._scroll_id })
  }
}

async function post(url: string, body: object): Promise<Buffer> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const bytes = Buffer.from(await response.arrayBuffer())
  if (!response.ok) throw new Error(`${url}: ${response.status} ${bytes.subarray(0, 300)}`)
  return bytes
}

/** The bytes of each `_source`; the word within a source stands behind an escaped quote, or in one that is passed over. */
function sourcesIn(answer: Buffer): Buffer[] {
  const sources: Buffer[] = []
  for (let at = answer.indexOf(SOURCE); at >= 0; ) {
    const start = at + SOURCE.length
    const end = endOfObject(answer, start)
    sources.push(answer.subarray(start, end))
    at = answer.indexOf(SOURCE, end)
  }
  return sources
}

function endOfObject(bytes: Buffer, start: number): number {
  let depth = 0
  let inString = false
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === 0x5c) at++
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) depth++
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return at + 1
  }
  throw new Error('a source has no end')
}

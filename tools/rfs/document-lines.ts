// From stored documents to lines of a bulk body: what can be sent as it is, and what is refused before it is sent.
import type { StoredDocument } from '../lucene/document.ts'
import { actionBytes, type Line } from './bulk-batch.ts'

export type Unsendable = { errorType: string; reason: string }

/** The largest document that is read; `http.max_content_length` of the target may be lower. */
export const LARGEST_DOCUMENT = 50 << 20

/** The line of a document, or why there is none. The source is a view: use it at once. */
export function lineOf(document: StoredDocument, largestBody: number): Line | Unsendable {
  const { doc, id, type, routing, source, sourceFormat, sourceLength } = document
  if (sourceFormat === 'too_large' || sourceLength > LARGEST_DOCUMENT)
    return tooLarge(sourceLength, LARGEST_DOCUMENT, 'the largest document that is moved')
  if (!source || sourceLength === 0)
    return { errorType: 'source_missing', reason: 'The snapshot holds no source of this document' }
  if (sourceFormat !== 'json')
    return {
      errorType: `source_${sourceFormat}`,
      reason: `The source is ${sourceFormat === 'unknown' ? 'in an unknown format' : sourceFormat.toUpperCase()}, not JSON`,
    }
  if (sourceLength + actionBytes(document) > largestBody)
    return tooLarge(sourceLength, largestBody, 'http.max_content_length of the target')
  return { doc, id, type, routing, source, sourceLength }
}

export const lineBreak: Unsendable = {
  errorType: 'source_line_break',
  reason: 'The source has a line break within a string, which JSON does not allow',
}

function tooLarge(bytes: number, limit: number, what: string): Unsendable {
  return { errorType: 'too_large', reason: `The document has ${bytes} bytes, more than ${limit}, ${what}` }
}

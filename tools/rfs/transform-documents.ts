// Passes documents through the user's own JavaScript, hundreds at a time, and keeps every byte they did not touch.
import type { UserTransform } from '../../shared/domain/metadata.ts'
import {
  documentTransform,
  type Head,
  packDocuments,
  type Result,
  unpackResults,
} from '../transform/documents.ts'
import { openSandbox, type Sandbox } from '../transform/sandbox.ts'

/** An interpreter is made anew for each batch, which costs about as much as twenty documents. */
export const TRANSFORM_BATCH = 500

export type DocumentItem = Head & { source: string }

/** What became of a document: changed, dropped by the user, or why the transform failed on it. */
export type Transformed =
  | { kind: 'kept'; id: string; routing?: string; source: Buffer }
  | Exclude<Result, { kind: 'kept' }>

export interface DocumentTransform {
  apply(documents: readonly DocumentItem[]): Promise<Transformed[]>
  close(): Promise<void>
}

export function openTransform(transforms: readonly UserTransform[]): DocumentTransform | null {
  if (transforms.length === 0) return null
  const limits = { timeMs: 10_000, memoryBytes: 128 * 1024 * 1024 }
  const sandbox = openSandbox([documentTransform(transforms)], limits, 'documents')
  return {
    async apply(documents) {
      const results = await run(sandbox, documents)
      return results.map((result) =>
        result.kind === 'kept' ? { ...result, source: Buffer.from(result.source) } : result,
      )
    },
    close: () => sandbox.close(),
  }
}

async function run(sandbox: Sandbox, documents: readonly DocumentItem[]): Promise<Result[]> {
  if (documents.length === 0) return []
  const [outcome] = await sandbox.apply([packDocuments(documents)])
  if (outcome?.ok) return readResults(outcome.texts[0] ?? '', documents)
  // One document that hangs or fills the memory takes the batch with it: find it.
  if (documents.length > 1) {
    const half = documents.length >> 1
    return [...(await run(sandbox, documents.slice(0, half))), ...(await run(sandbox, documents.slice(half)))]
  }
  const reason = outcome?.message ?? 'It ended without a result'
  return [{ kind: 'failed', errorType: 'transform_failed', reason }]
}

function readResults(text: string, documents: readonly DocumentItem[]): Result[] {
  const results = unpackResults(text, documents)
  if (results.length !== documents.length) throw new TypeError('the sandbox gave another number of results')
  return results
}

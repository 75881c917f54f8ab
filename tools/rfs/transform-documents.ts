// Passes documents through the user's own JavaScript, hundreds at a time, and keeps every byte they did not touch.
import type { UserTransform } from '../../shared/domain/metadata.ts'
import {
  documentTransform,
  type Head,
  type Packed,
  packDocuments,
  type Result,
  unpackResults,
} from '../transform/documents.ts'
import { openDocumentSandbox, type Sandbox } from '../transform/sandbox.ts'

/** An interpreter is made anew for each batch, which costs about as much as twenty documents. */
export const TRANSFORM_BATCH = 500

export type DocumentItem = Head & { source: Uint8Array }

export interface DocumentTransform {
  /** What became of each document: changed, dropped by the user, or why the transform failed on it. */
  apply(documents: readonly DocumentItem[]): Promise<Result[]>
  close(): Promise<void>
}

export function openTransform(transforms: readonly UserTransform[]): DocumentTransform | null {
  if (transforms.length === 0) return null
  const limits = { timeMs: 10_000, memoryBytes: 128 * 1024 * 1024 }
  const sandbox = openDocumentSandbox([documentTransform(transforms)], limits)
  return { apply: (documents) => run(sandbox, documents), close: () => sandbox.close() }
}

async function run(sandbox: Sandbox<Packed>, documents: readonly DocumentItem[]): Promise<Result[]> {
  if (documents.length === 0) return []
  const [outcome] = await sandbox.apply([packDocuments(documents)])
  if (outcome?.ok) return readResults(outcome.items[0], documents)
  // One document that hangs or fills the memory takes the batch with it: find it.
  if (documents.length > 1) {
    const half = documents.length >> 1
    return [...(await run(sandbox, documents.slice(0, half))), ...(await run(sandbox, documents.slice(half)))]
  }
  const reason = outcome?.message ?? 'It ended without a result'
  return [{ kind: 'failed', errorType: 'transform_failed', reason }]
}

function readResults(packed: Packed | undefined, documents: readonly DocumentItem[]): Result[] {
  const results = packed ? unpackResults(packed, documents) : []
  if (results.length !== documents.length) throw new TypeError('the sandbox gave another number of results')
  return results
}

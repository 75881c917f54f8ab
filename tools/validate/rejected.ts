// Ids of the documents that the backfill kept as rejected, from the files that it left behind.
import { gunzipSync } from 'node:zlib'
import { member } from '../../shared/cluster/json.ts'

/** Reads a file that the backfill of the assignment left behind. */
export type ReadFile = (name: string) => Promise<Uint8Array>

/** Ids by source index. One that was written later all the same is found on the target, and does not count. */
export async function readRejected(
  files: readonly string[],
  read: ReadFile,
): Promise<Map<string, Set<string>>> {
  const rejected = new Map<string, Set<string>>()
  for (const name of files) {
    const text = gunzipSync(await read(name)).toString('utf8')
    for (const line of text.split('\n')) {
      if (line === '') continue
      const record: unknown = JSON.parse(line)
      const index = String(member(record, 'index'))
      const ids = rejected.get(index) ?? new Set()
      rejected.set(index, ids.add(String(member(record, 'id'))))
    }
  }
  return rejected
}

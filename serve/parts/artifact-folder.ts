import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ArtifactStore } from '../../shared/artifacts/store.ts'
import { Problem } from '../../shared/problems.ts'

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/

/** Artifacts in a folder, one per run. A file appears under its name when it is complete and on disk. */
export function artifactFolder(root: string): ArtifactStore {
  const place = (runId: string, name = '') => {
    if (!SAFE.test(runId) || (name && !SAFE.test(name)))
      throw new Problem('artifact_not_found', 'The name is not that of an artifact')
    return join(root, runId, name)
  }
  return {
    async write(runId, name, content) {
      const file = place(runId, name)
      const draft = `${file}.${crypto.randomUUID()}.part`
      try {
        await mkdir(join(root, runId), { recursive: true })
        const written = await writeDurably(draft, content)
        await rename(draft, file)
        return written
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined)
        throw fullOr(error)
      }
    },
    async read(runId, name) {
      const file = place(runId, name)
      // Node's web stream is the standard one; its own type differs in name only.
      return existsSync(file)
        ? (Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>)
        : undefined
    },
    async remove(runId) {
      await rm(place(runId), { recursive: true, force: true })
    },
  }
}

async function writeDurably(file: string, content: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  let size = 0
  const handle = await open(file, 'wx', 0o600)
  try {
    for await (const chunk of content) {
      hash.update(chunk)
      size += chunk.byteLength
      await handle.writeFile(chunk)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { size, sha256: hash.digest('hex') }
}

function fullOr(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new Problem('storage_full', 'The artifact store is full; free some space, the run itself is kept', {
    cause: error,
  })
}

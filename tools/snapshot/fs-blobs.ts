import { readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, sep } from 'node:path'
import { RepositoryError, throwIfStopped, truncated } from '../lucene/repository-error.ts'
import { type BlobInfo, type BlobStore, type ReadRange, release } from './blob-store.ts'
import { type OpenFile, OpenFiles, readOnce } from './open-files.ts'

const MiB = 1 << 20
/** Buffers kept for the next read: new ones cost as much as what is read into them, page by page. */
const KEPT = 4

/**
 * A repository in a folder. Every path is resolved before it is opened and must still lie below the folder, so a
 * symbolic link or a name in a damaged file cannot lead out of it. Throws `repository_not_found`.
 */
export async function openFolder(path: string): Promise<BlobStore> {
  const root = await realpath(path).catch((cause: unknown) => {
    throw new RepositoryError('repository_not_found', `There is no folder "${path}"`, {
      file: path,
      remedy: 'Check the path of the repository, and that it is mounted here',
      cause,
    })
  })
  if (!(await stat(root)).isDirectory())
    throw new RepositoryError('repository_not_found', `"${path}" is not a folder`, { file: path })
  return new FolderBlobs(root)
}

class FolderBlobs implements BlobStore {
  readonly location: string
  readonly readSize = MiB
  readonly readAhead = 2
  readonly prefix = ''
  readonly #files = new OpenFiles()
  readonly #free: Uint8Array[] = []

  constructor(root: string) {
    this.location = root
  }

  async read(
    name: string,
    { offset = 0, length, expectedSize, signal }: ReadRange = {},
  ): Promise<Uint8Array> {
    throwIfStopped(signal)
    const work = async ({ handle, isFile, size }: OpenFile) => {
      if (!isFile) throw missing(name)
      if (expectedSize !== undefined && size !== expectedSize) throw truncated(name, expectedSize, size)
      const wanted = length ?? size - offset
      if (wanted < 0 || offset + wanted > size) throw truncated(name, offset + wanted, size)
      const bytes = this.#take(wanted)
      for (let at = 0; at < wanted; ) {
        const { bytesRead } = await handle.read(bytes, at, wanted - at, offset + at)
        if (bytesRead === 0) throw truncated(name, offset + wanted, offset + at)
        at += bytesRead
      }
      return bytes
    }
    // What is read whole may be a table of the repository, which is written again.
    const reading =
      length === undefined
        ? readOnce(this.#resolve(name), work)
        : this.#files.read(name, (path) => this.#resolve(path), work)
    return reading.catch((error: unknown) => {
      throw failure(name, error)
    })
  }

  free(bytes: Uint8Array): void {
    if (bytes.byteLength === this.readSize && this.#free.length < KEPT) this.#free.push(bytes)
    else release(bytes)
  }

  #take(length: number): Uint8Array {
    const kept = length === this.readSize ? this.#free.pop() : undefined
    return kept ?? Buffer.allocUnsafeSlow(length)
  }

  async size(name: string): Promise<number> {
    const found = await stat(await this.#resolve(name)).catch((cause: unknown) => {
      throw failure(name, cause)
    })
    if (!found.isFile()) throw missing(name)
    return found.size
  }

  async list(prefix: string, signal?: AbortSignal): Promise<BlobInfo[]> {
    throwIfStopped(signal)
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    const start = prefix.slice(folder.length)
    const path = await this.#resolve(folder === '' ? '.' : folder.slice(0, -1)).catch(absent)
    if (path === null) return []
    const entries = await readdir(path, { withFileTypes: true })
    const names = entries.filter((entry) => !entry.isDirectory() && entry.name.startsWith(start))
    const blobs: BlobInfo[] = []
    for (const { name } of names) {
      const size = await this.size(folder + name).catch(absent)
      if (size !== null) blobs.push({ name: folder + name, size })
    }
    return blobs.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  rooted(path: string): string {
    return path
  }

  async close(): Promise<void> {
    await this.#files.close()
  }

  async #resolve(name: string): Promise<string> {
    if (name.includes('\0') || isAbsolute(name) || name.split(/[/\\]/).includes('..')) throw refused(name)
    const path = await realpath(join(this.location, name)).catch((cause: unknown) => {
      throw failure(name, cause)
    })
    const inside = path === this.location || path.startsWith(this.location.replace(/\/$/, '') + sep)
    if (!inside) throw refused(name)
    return path
  }
}

function absent(error: unknown): null {
  if (error instanceof RepositoryError && error.code === 'blob_missing') return null
  throw error
}

function refused(name: string): RepositoryError {
  return new RepositoryError('path_refused', `"${name}" leads out of the repository`, {
    file: name,
    remedy: 'Remove the link, or name the folder itself as the repository',
  })
}

function missing(name: string, cause?: unknown): RepositoryError {
  return new RepositoryError('blob_missing', `The repository has no file "${name}"`, {
    file: name,
    remedy: 'The snapshot may have been deleted while it was read; choose one that still exists',
    cause,
  })
}

function failure(name: string, cause: unknown): RepositoryError {
  if (cause instanceof RepositoryError) return cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return missing(name, cause)
  if (code === 'EACCES' || code === 'EPERM')
    return new RepositoryError('access_denied', `The file "${name}" may not be read`, {
      file: name,
      remedy: 'Let this user read the repository folder',
      cause,
    })
  return new RepositoryError('unreachable', `The file "${name}" cannot be read (${String(code ?? cause)})`, {
    file: name,
    cause,
  })
}

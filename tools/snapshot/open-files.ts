// Files that are read in many pieces, opened once: opening, looking at and closing one takes longer than a megabyte of it.
import { type FileHandle, open } from 'node:fs/promises'

/** A file that nobody read for so long is closed: a repository may be unmounted, or its snapshots deleted. */
const IDLE_MS = 1_000
/** Files that are open at once besides those that are being read. */
const MOST = 16

export type OpenFile = { handle: FileHandle; isFile: boolean; size: number }
type Kept = { opened: Promise<OpenFile>; readers: number; idleSince: number }

/** Opens, reads and closes. */
export async function readOnce<T>(path: Promise<string>, work: (file: OpenFile) => Promise<T>): Promise<T> {
  const file = await openFile(path)
  try {
    return await work(file)
  } finally {
    await file.handle.close()
  }
}

/** Only for files that are never written again, as a snapshot's data is: their size is asked for once. */
export class OpenFiles {
  readonly #files = new Map<string, Kept>()
  #timer: NodeJS.Timeout | undefined

  /** `resolve` gives the path of a file that is not open. Rejects with its error, or with that of opening. */
  async read<T>(
    name: string,
    resolve: (name: string) => Promise<string>,
    work: (file: OpenFile) => Promise<T>,
  ): Promise<T> {
    const kept = this.#files.get(name) ?? { opened: openFile(resolve(name)), readers: 0, idleSince: 0 }
    this.#files.set(name, kept)
    kept.readers++
    try {
      return await work(await kept.opened)
    } catch (error) {
      // What failed is looked at anew by the next reader.
      if (this.#files.get(name) === kept) this.#files.delete(name)
      throw error
    } finally {
      kept.readers--
      kept.idleSince = performance.now()
      if (kept.readers === 0 && this.#files.size > MOST) this.#files.delete(name)
      if (this.#files.get(name) === kept) this.#timer ??= setTimeout(() => this.#closeIdle(), IDLE_MS).unref()
      else if (kept.readers === 0) await closeFile(kept)
    }
  }

  /** Those that are still read are closed by their last reader. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const idle = [...this.#files.values()].filter(({ readers }) => readers === 0)
    this.#files.clear()
    await Promise.all(idle.map(closeFile))
  }

  #closeIdle(): void {
    this.#timer = undefined
    const before = performance.now() - IDLE_MS
    for (const [name, kept] of this.#files) {
      if (kept.readers > 0 || kept.idleSince > before) continue
      this.#files.delete(name)
      void closeFile(kept)
    }
    if (this.#files.size > 0) this.#timer = setTimeout(() => this.#closeIdle(), IDLE_MS).unref()
  }
}

async function openFile(path: Promise<string>): Promise<OpenFile> {
  const handle = await open(await path, 'r')
  try {
    const found = await handle.stat()
    return { handle, isFile: found.isFile(), size: found.size }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Nothing is lost where closing fails: it was only read. */
async function closeFile({ opened }: Kept): Promise<void> {
  await opened.then(({ handle }) => handle.close()).catch(() => {})
}

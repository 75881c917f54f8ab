import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LuceneFile, memoryFile } from '../../../tools/lucene/lucene-file.ts'

/** The Lucene files of a fixture folder, read in small steps so that windows have to move. */
export function folder(name: string, readSize = 4_096): Map<string, LuceneFile> {
  const path = join(import.meta.dirname, 'fixtures', name)
  return new Map(
    readdirSync(path).map((file) => [file, fileOf(file, readFileSync(join(path, file)), readSize)]),
  )
}

export function fileOf(name: string, bytes: Uint8Array, readSize = 4_096): LuceneFile {
  return { ...memoryFile(name, bytes), readSize, readAhead: 2 }
}

/** A copy of the files in which one has other bytes. */
export function changed(
  files: Map<string, LuceneFile>,
  name: string,
  change: (bytes: Uint8Array) => Uint8Array,
  bytes: Uint8Array,
): Map<string, LuceneFile> {
  return new Map(files).set(name, fileOf(name, change(bytes)))
}

/** What the generator of these fixtures put into document `i`. */
export function sourceOf(i: number): string {
  const words = i === 201 ? 30_000 : 20 + (i % 30)
  const text = Array.from({ length: words }, (_, k) => `word${(i * 7 + k * 13) % 97} `).join('')
  return `{"n":${i},"t":"${text}"}`
}

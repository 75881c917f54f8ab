import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { isStale } from '../../serve/parts/build-ui.ts'

let folder = ''
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Sources of a UI with files of given ages in seconds, and what was built of them in `dist`. */
async function givenUi(ages: Record<string, number>): Promise<[sources: string, built: string]> {
  folder = await mkdtemp(join(tmpdir(), 'ma-ui-'))
  for (const [name, age] of Object.entries(ages)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '')
    const at = Date.now() / 1_000 - age
    await utimes(path, at, at)
  }
  return [folder, join(folder, 'dist')]
}

test.each([
  ['none was built', { 'app.tsx': 10 }, true],
  ['a source changed since', { 'pages/a/b.tsx': 10, 'dist/index.html': 20 }, true],
  ['none changed since', { 'pages/a/b.tsx': 30, 'dist/index.html': 20, 'dist/later.js': 10 }, false],
  ['only a package is newer', { 'app.tsx': 30, 'dist/index.html': 20, 'node_modules/p/x.js': 1 }, false],
])('a UI is built again where %s: %j', async (_, ages, stale) => {
  expect(await isStale(...(await givenUi(ages)))).toBe(stale)
})

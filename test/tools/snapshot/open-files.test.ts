import { mkdtemp, readdir, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openFolder } from '../../../tools/snapshot/fs-blobs.ts'
import { OpenFiles } from '../../../tools/snapshot/open-files.ts'

let folder: string
let files: OpenFiles

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-files-'))
  files = new OpenFiles()
})

afterEach(async () => {
  await files.close()
  await rm(folder, { recursive: true })
})

const resolve = vi.fn(async (name: string) => join(folder, name))
const text = (name: string) =>
  files.read(name, resolve, async ({ handle, size }) => {
    const { buffer } = await handle.read(Buffer.alloc(size), 0, size, 0)
    return buffer.toString()
  })

/** How many files of the folder this process has open. */
async function open(): Promise<number> {
  const all = await readdir('/proc/self/fd')
  const paths = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return paths.filter((path) => path.startsWith(folder)).length
}

test('a file is opened once for all who read it, and closed when nobody did for a while', async () => {
  await writeFile(join(folder, 'a'), 'first')
  resolve.mockClear()

  expect(await Promise.all([text('a'), text('a')])).toEqual(['first', 'first'])
  expect(await text('a')).toBe('first')
  expect(resolve).toHaveBeenCalledTimes(1)
  expect(await open()).toBe(1)

  await sleep(2_300)
  expect(await open()).toBe(0)
})

test('a file that was deleted is read to its end by who reads it, and missing to who comes later', async () => {
  await writeFile(join(folder, 'a'), 'first')
  await text('a')
  await rm(join(folder, 'a'))

  expect(await text('a')).toBe('first')
  await files.close()
  await expect(text('a')).rejects.toMatchObject({ code: 'ENOENT' })
})

test('what could not be opened is tried again by the next who reads it', async () => {
  await expect(text('a')).rejects.toMatchObject({ code: 'ENOENT' })
  await writeFile(join(folder, 'a'), 'there')

  expect(await text('a')).toBe('there')
})

test('a thousand small files do not stay open, and a reader keeps its own until it is done', async () => {
  await writeFile(join(folder, 'a'), 'first')
  const reading = files.read('a', resolve, async ({ handle }) => {
    for (let n = 0; n < 100; n++) {
      await writeFile(join(folder, `b${n}`), String(n))
      await text(`b${n}`)
    }
    await files.close()
    return (await handle.readFile()).toString()
  })

  expect(await reading).toBe('first')
  expect(await open()).toBe(0)
  for (let n = 0; n < 100; n++) await text(`b${n}`)
  expect(await open()).toBeLessThan(20)
})

test('a table of the repository that was written anew is read anew, however soon', async () => {
  const blobs = await openFolder(folder)
  const latest = async () => Buffer.from(await blobs.read('index.latest')).toString()
  await writeFile(join(folder, 'index.latest'), '1')
  expect(await latest()).toBe('1')

  await writeFile(join(folder, 'new'), '2')
  await rename(join(folder, 'new'), join(folder, 'index.latest'))

  expect(await latest()).toBe('2')
  await blobs.close()
})

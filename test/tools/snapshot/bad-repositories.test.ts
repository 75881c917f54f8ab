// What is wrong with a repository is said, with the file; nothing is skipped.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openFolder } from '../../../tools/snapshot/fs-blobs.ts'
import { runTool } from './run-tool.ts'

/** A copy of a fixture that a test may spoil. */
function aCopy(name = 'ES_7_10_Single'): string {
  const path = mkdtempSync(join(tmpdir(), 'repository-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  cpSync(join(import.meta.dirname, 'fixtures', name), path, { recursive: true })
  return path
}

function files(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Files that reading the documents needs. */
const needed = (path: string) =>
  files(path).filter(
    (file) => !/truth\.json$|index\.latest$|incompatible|\/meta-7_1|indices\/[^/]+\/\d+\/index-/.test(file),
  )

const documents = (path: string) => runTool('documents', '--repository', path)

test('every file that is read fails loudly when it is missing', async () => {
  for (const file of needed(aCopy())) {
    const path = aCopy()
    rmSync(file.replace(/^.*?repository-[^/]+/, path))

    const { code, errors } = await documents(path)

    expect({ file, code }).toEqual({ file, code: 1 })
    expect(errors).not.toEqual([])
    expect(['blob_missing', 'repository_inconsistent', 'repository_not_found']).toContain(errors[0]?.code)
  }
})

test('every file that is read fails loudly when it is cut short', async () => {
  for (const file of needed(aCopy())) {
    const path = aCopy()
    const spoilt = file.replace(/^.*?repository-[^/]+/, path)
    const bytes = readFileSync(spoilt)
    writeFileSync(spoilt, bytes.subarray(0, bytes.length - 3))

    const { code, errors } = await documents(path)

    expect({ file, code, errors: errors.length > 0 }).toEqual({ file, code: 1, errors: true })
  }
})

test.each(['.dat$', 'index-\\d$'])(
  'a flipped bit anywhere in %s is an error or changes nothing that matters',
  async (pattern) => {
    const whole = await documents(aCopy())
    for (const file of needed(aCopy()).filter((name) => new RegExp(pattern).test(name))) {
      const bytes = readFileSync(
        file.replace(/^.*?repository-[^/]+/, join(import.meta.dirname, 'fixtures/ES_7_10_Single')),
      )
      for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 12)) {
        const path = aCopy()
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ 8
        writeFileSync(file.replace(/^.*?repository-[^/]+/, path), flipped)

        const { code, lines, errors } = await documents(path)

        // index-N has no checksum of its own: a flip there may change what nobody reads, but never hide an index.
        if (code === 0) expect(lines).toHaveLength(whole.lines.length)
        else expect(errors).not.toEqual([])
        if (pattern === '.dat$') expect(code).toBe(1)
      }
    }
  },
)

test('a snapshot deleted while it is read is named', async () => {
  const path = aCopy('ES_6_8_Single')
  for (const file of files(path).filter((name) => /\/__/.test(name))) rmSync(file)

  const { code, errors } = await documents(path)

  expect(code).toBe(1)
  expect(errors).toContainEqual(
    expect.objectContaining({
      code: 'blob_missing',
      index: 'posts_2023_02_25',
      shard: 0,
      remedy: expect.stringContaining('deleted'),
    }),
  )
})

test('a repository of a newer format is refused by name', async () => {
  const path = aCopy()
  writeFileSync(join(path, 'index-7'), '{"min_version":"12.0.0","snapshots":[],"indices":{},"new":true}')

  const { code, errors } = await runTool('list', '--repository', path)

  expect(code).toBe(1)
  expect(errors).toEqual([
    expect.objectContaining({ code: 'format_newer', file: 'index-7', found: '12.0.0' }),
  ])
})

test('an index.latest that names a table that is gone is an inconsistency', async () => {
  const path = aCopy()
  writeFileSync(join(path, 'index.latest'), Buffer.from('0000000000000009', 'hex'))

  const { code, errors } = await runTool('list', '--repository', path)

  expect(code).toBe(1)
  expect(errors).toEqual([
    expect.objectContaining({ code: 'repository_inconsistent', expected: 9, found: 1 }),
  ])
})

test('the highest readable table is used, and a damaged one is told', async () => {
  const path = aCopy()
  writeFileSync(join(path, 'index-2'), '{"snapshots":[')

  const { code, lines, errors } = await runTool('list', '--repository', path)

  expect(code).toBe(0)
  expect(lines).toHaveLength(1)
  expect(errors.map((error) => error.message).join()).toContain('index-1')
})

test('a repository without index.latest is read', async () => {
  const path = aCopy()
  rmSync(join(path, 'index.latest'))

  expect(await runTool('list', '--repository', path)).toMatchObject({ code: 0, errors: [] })
})

test('the table of Elasticsearch 5.0 lists snapshots as objects', async () => {
  const path = aCopy('ES_6_8_Single')
  const table = JSON.parse(readFileSync(join(path, 'index-1'), 'utf8'))
  const [{ name, uuid }] = table.snapshots
  for (const index of Object.values<{ snapshots: unknown }>(table.indices)) index.snapshots = [{ name, uuid }]
  writeFileSync(join(path, 'index-1'), JSON.stringify({ ...table, snapshots: [{ name, uuid }] }))

  const { code, lines } = await documents(path)

  expect({ code, count: lines.length }).toEqual({ code: 0, count: 4 })
})

test('a shard the snapshot failed to take is an error, and the others are read', async () => {
  const path = aCopy('ES_6_8_Single')
  const table = JSON.parse(readFileSync(join(path, 'index-1'), 'utf8'))
  rmSync(join(path, 'indices', table.indices.posts_2023_02_25.id, '0', `snap-${table.snapshots[0].uuid}.dat`))

  const { code, lines, errors } = await documents(path)

  expect({ code, count: lines.length }).toEqual({ code: 1, count: 3 })
  expect(errors).toEqual([expect.objectContaining({ index: 'posts_2023_02_25', shard: 0 })])
})

test('a link out of the repository is refused, one within is followed', async () => {
  const path = aCopy()
  const outside = mkdtempSync(join(tmpdir(), 'outside-'))
  onTestFinished(() => rmSync(outside, { recursive: true }))
  writeFileSync(join(outside, 'secret'), 'secret')
  symlinkSync(join(outside, 'secret'), join(path, 'link'))
  symlinkSync(outside, join(path, 'folder'))
  symlinkSync(join(path, 'index-1'), join(path, 'inner'))
  const blobs = await openFolder(path)

  await expect(blobs.read('link')).rejects.toMatchObject({ code: 'path_refused' })
  await expect(blobs.read('folder/secret')).rejects.toMatchObject({ code: 'path_refused' })
  await expect(blobs.list('folder/')).rejects.toMatchObject({ code: 'path_refused' })
  await expect(blobs.size('../etc/passwd')).rejects.toMatchObject({ code: 'path_refused' })
  await expect(blobs.read('/etc/passwd')).rejects.toMatchObject({ code: 'path_refused' })
  await expect(blobs.read('a/../../b')).rejects.toMatchObject({ code: 'path_refused' })
  expect((await blobs.read('inner')).length).toBeGreaterThan(10)
})

test('a range beyond the end of a file is refused', async () => {
  const blobs = await openFolder(aCopy())

  await expect(blobs.read('index.latest', { offset: 4, length: 5 })).rejects.toMatchObject({
    code: 'blob_truncated',
  })
  expect(await blobs.read('index.latest', { offset: 7, length: 1 })).toEqual(Buffer.from([1]))
})

test.each([
  [['list'], 2, 'invalid_input'],
  [['fly', '--repository', '.'], 2, 'invalid_input'],
  [['list', '--repository', '.', '--what'], 2, 'invalid_input'],
  [['list', '--repository', 's3://'], 2, 'invalid_input'],
  [['list', '--repository', '/nowhere/at/all'], 1, 'repository_not_found'],
  [['documents', '--repository', 'FIXTURE', '--index', 'regex:['], 2, 'invalid_input'],
  [['documents', '--repository', 'FIXTURE', '--index', 'nothing*'], 2, 'invalid_input'],
  [['documents', '--repository', 'FIXTURE', '--snapshot', 'nope'], 1, 'snapshot_not_found'],
])('%j ends with %d and %s', async (args, code, error) => {
  const path = join(import.meta.dirname, 'fixtures', 'ES_7_10_Single')

  const result = await runTool(...args.map((arg) => (arg === 'FIXTURE' ? path : arg)))

  expect(result).toMatchObject({ code, lines: [], errors: [{ code: error }] })
})

test('an empty folder is no repository', async () => {
  const path = mkdtempSync(join(tmpdir(), 'empty-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  mkdirSync(join(path, 'indices'))

  expect(await runTool('list', '--repository', path)).toMatchObject({
    code: 1,
    errors: [{ code: 'repository_not_found' }],
  })
})

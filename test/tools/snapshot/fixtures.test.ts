// Snapshots that real engines made, kept here, with what they hold.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runTool, truthOf } from './run-tool.ts'

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name)

/** Segment, document, id, routing, length and the first 16 hex digits of the source's SHA-256. */
const singles: [string, string, string[]][] = [
  ['ES_6_8_Single', 'posts_2023_02_25', ['_0 0 AE0-Zo4B7T-RS_C5iG5e - 124 a4dd358258880712']],
  [
    'ES_6_8_Single',
    'posts_2024_01_01',
    [
      '_0 0 AU0_Zo4B7T-RS_C5JW5A user123 126 968825f315f81abc',
      '_1 0 Ak0_Zo4B7T-RS_C58m7a user123 103 f97bf3ad2c927011',
      '_2 0 A01AZo4B7T-RS_C5Am6z user123 93 c83bbdc1a8201789',
    ],
  ],
  ['ES_7_10_Single', 'posts_2023_02_25', ['_0 0 dkO8Zo4B5P7rRiUeuFRC - 124 a4dd358258880712']],
  [
    'ES_7_10_Single',
    'posts_2024_01_01',
    [
      '_0 0 d0O8Zo4B5P7rRiUe4VRD user123 131 e912c8b5825a8c7e',
      '_1 0 eEO-Zo4B5P7rRiUeCFSo user123 103 f97bf3ad2c927011',
      '_1 1 eUO-Zo4B5P7rRiUeCFTz user123 93 c83bbdc1a8201789',
    ],
  ],
  [
    'ES_7_10_Updates_Deletes_w_Soft',
    'test_updates_deletes',
    [
      '_1 0 complexdoc - 67 825bd32203346c30',
      '_1 4 updateddoc - 65 43822b02b50df20e',
      '_1 5 unchangeddoc - 143 ae4e8f6f03434dde',
    ],
  ],
]

test.each(singles)('%s: the documents of %s, in order', async (name, index, expected) => {
  const { code, lines, errors } = await runTool('documents', '--repository', fixture(name), '--index', index)

  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  expect(
    lines.map((line) =>
      [
        line.segment,
        line.doc,
        line.id,
        line.routing ?? '-',
        line.sourceLength,
        String(line.sourceSha256).slice(0, 16),
      ].join(' '),
    ),
  ).toEqual(expected)
  expect(lines.every((line) => line.type === (name.startsWith('ES_6') ? '_doc' : undefined))).toBe(true)
})

const made = ['made_es5', 'made_es6', 'made_es7', 'made_es8', 'made_os3']

test.each(made)('%s: both indexes hold what was indexed', async (name) => {
  const truth: Record<string, { count: number; sha256: string }> = JSON.parse(
    readFileSync(join(fixture(name), 'truth.json'), 'utf8'),
  )

  const { code, lines, errors } = await runTool('documents', '--repository', fixture(name))
  const described = await runTool('describe', '--repository', fixture(name))

  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  for (const [index, { count, sha256 }] of Object.entries(truth)) {
    const found = truthOf(lines, index)
    expect(found).toHaveLength(count)
    expect(createHash('sha256').update(found.join('\n')).digest('hex')).toBe(sha256)
    expect(described.lines[0]?.indexes).toContainEqual(
      expect.objectContaining({ name: index, documents: count }),
    )
  }
})

test('the modes of stored fields are told', async () => {
  const modes: Record<string, unknown> = {}
  for (const name of made) {
    const { lines } = await runTool('describe', '--repository', fixture(name))
    const indexes = lines[0]?.indexes
    if (Array.isArray(indexes)) modes[name] = indexes.map((index) => [index.name, ...index.modes])
  }

  expect(modes).toEqual({
    made_es5: [
      ['best', 'DEFLATE'],
      ['fast', 'LZ4'],
    ],
    made_es6: [
      ['best', 'DEFLATE'],
      ['fast', 'LZ4'],
    ],
    made_es7: [
      ['best', 'DEFLATE+dictionary'],
      ['fast', 'LZ4+dictionary'],
    ],
    made_es8: [
      ['best', 'zstd'],
      ['fast', 'zstd'],
    ],
    made_os3: [
      ['best', 'DEFLATE+dictionary'],
      ['fast', 'LZ4+dictionary'],
    ],
  })
})

test('list prints a line per snapshot', async () => {
  const { code, lines } = await runTool('list', '--repository', fixture('ES_7_10_Single'))

  expect(code).toBe(0)
  expect(lines).toEqual([
    expect.objectContaining({
      name: 'global_state_snapshot',
      uuid: '7_1RHMshSc6c0cuzX1NCDg',
      state: 'SUCCESS',
      version: '7.10.2',
      indices: ['posts_2023_02_25', 'posts_2024_01_01'],
    }),
  ])
})

test('--source adds the text', async () => {
  const { lines } = await runTool(
    'documents',
    '--repository',
    fixture('ES_7_10_Single'),
    '--source',
    '--index',
    '*02_25',
  )

  expect(JSON.parse(String(lines[0]?.source))).toMatchObject({ author: 'Author Name' })
})

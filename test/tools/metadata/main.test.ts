import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

type Ended = { code: number; lines: Record<string, unknown>[] }

async function run(config: string | null): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'metadata-main-'))
  const file = join(folder, 'config.json')
  if (config !== null) await writeFile(file, config)
  const script = join(import.meta.dirname, '../../../tools/metadata/main.ts')
  const ended = await new Promise<Ended>((resolve) => {
    const child = execFile(process.execPath, [script, '--config', file], (_error, stdout) =>
      resolve({
        code: child.exitCode ?? -1,
        lines: stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      }),
    )
  })
  await rm(folder, { recursive: true })
  return ended
}

const config = (more: object) =>
  JSON.stringify({
    source: { endpoint: 'http://127.0.0.1:1' },
    target: { endpoint: 'http://127.0.0.1:2' },
    ...more,
  })

test.each([
  ['no file', null],
  ['no JSON', '{'],
  ['an unknown parameter', config({ params: { dryrun: true } })],
  ['a pattern that is no expression', config({ params: { selection: { include: ['regex:('] } } })],
  ['a concurrency out of bounds', config({ params: { concurrency: 33 } })],
])('the command ends with 2 on %s', async (_, text) => {
  const { code, lines } = await run(text)

  expect(code).toBe(2)
  expect(lines).toEqual([{ type: 'error', code: 'invalid_input', message: expect.any(String) }])
})

test('the command ends with 1 and a classified error where a cluster cannot be reached', async () => {
  const { code, lines } = await run(config({}))

  expect(code).toBe(1)
  expect(lines).toEqual([expect.objectContaining({ type: 'error', code: 'cluster_tcp' })])
})

test('a snapshot may be the source, and one that is not there is told as such', async () => {
  const repository = { type: 'fs', path: join(import.meta.dirname, '../snapshot/fixtures/ES_7_10_Single') }
  const { code, lines } = await run(config({ source: { repository, snapshot: 'gone' } }))

  expect(code).toBe(1)
  expect(lines).toEqual([expect.objectContaining({ type: 'error', code: 'snapshot_not_found' })])
})

// The command as a process: its exit codes, its pipes, its signals.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')
const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name)

function start(...args: string[]) {
  return spawn(process.execPath, [join(root, 'tools/snapshot/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function finish(child: ReturnType<typeof start>) {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (part) => out.push(part))
  child.stderr.on('data', (part) => err.push(part))
  const [code] = await once(child, 'close')
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }
}

test('a whole run prints JSON lines and ends with 0', async () => {
  const { code, out, err } = await finish(start('documents', '--repository', fixture('made_es7'), '--source'))

  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toHaveLength(514)
})

test('bad input ends with 2 and one JSON line', async () => {
  const { code, out, err } = await finish(start('documents'))

  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(JSON.parse(err)).toMatchObject({ code: 'invalid_input' })
})

test('a reader that has seen enough is no failure', async () => {
  const child = start('documents', '--repository', fixture('made_es7'), '--source')
  child.stdout.once('data', () => child.stdout.destroy())
  const err: Buffer[] = []
  child.stderr.on('data', (part) => err.push(part))

  const [code] = await once(child, 'exit')

  expect({ code, err: Buffer.concat(err).toString() }).toEqual({ code: 0, err: '' })
})

test('a reader that does not read holds the writer back, and SIGTERM ends it with 3', async () => {
  const child = start('documents', '--repository', fixture('made_es7'), '--source')
  child.stdout.pause()
  await once(child.stdout, 'readable')
  child.kill('SIGTERM')
  const err: Buffer[] = []
  child.stderr.on('data', (part) => err.push(part))

  const [code] = await once(child, 'exit')

  expect(code).toBe(3)
  expect(JSON.parse(Buffer.concat(err).toString())).toMatchObject({ code: 'stopped' })
})

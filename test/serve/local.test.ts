// The local door as a user meets it: a process with a folder, killed and started again.
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { type Door, startDoor, temporaryFolder } from '../harness/door.ts'

const READY = /^Migration Assistant is ready: (http:\/\/127\.0\.0\.1:\d+)\/ui\/#code=([\w-]+)$/

/** Starts on the folder and answers how to call it. */
async function givenDoor(folder: string, env: Record<string, string> = {}) {
  const door = startDoor('local', { MA_DATA_DIR: folder, MA_PORT: '0', ...env })
  const [, url = '', code = ''] = READY.exec(await door.says(/is ready/)) ?? []
  const token = readFileSync(join(folder, 'admin-token'), 'utf8')
  const call = (method: string, path: string, body?: object) =>
    fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  return { door, url, code, token, call }
}

function postmasterOf(folder: string): number {
  return Number(readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
}

/** A Postgres that a killed door left is no child of the test, so it is ended by its own id. */
function endLeftovers(folder: string) {
  onTestFinished(async () => {
    let pid: number
    try {
      pid = postmasterOf(folder)
    } catch {
      return
    }
    for (let attempt = 0; attempt < 100 && isRunning(pid); attempt++) {
      if (attempt === 0) process.kill(pid, 'SIGINT')
      await sleep(50)
    }
  })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a first start says ready once, signs in by its link once, and Ctrl-C leaves no process behind', async () => {
  const folder = temporaryFolder()
  endLeftovers(folder)

  const { door, url, code, token, call } = await givenDoor(folder)

  expect(door.out.filter((line) => /ready/.test(line))).toHaveLength(1)
  expect(door.errors()).not.toMatch(/ready/)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  expect(token).toMatch(/^ma_[\w-]{43}\n$/)
  expect(statSync(join(folder, 'admin-token')).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'secret-key')).mode & 0o777).toBe(0o600)
  const signIn = () =>
    fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
  expect((await signIn()).status).toBe(200)
  expect((await signIn()).status).toBe(401)
  expect((await call('POST', '/sessions', { name: 'orders' })).status).toBe(201)

  const second = startDoor('local', { MA_DATA_DIR: folder, MA_PORT: '0' })
  expect((await second.ended).code).toBe(1)
  expect(second.errors()).toContain(`Another Migration Assistant (pid ${door.pid})`)
  const port = new URL(url).port
  const third = startDoor('local', { MA_DATA_DIR: temporaryFolder(), MA_PORT: port })
  expect((await third.ended).code).toBe(1)
  expect(third.errors()).toContain(`Port ${port} on 127.0.0.1 is taken`)
  expect((await fetch(`${url}/livez`)).status).toBe(200)

  const postmaster = postmasterOf(folder)
  const asked = Date.now()
  expect(await door.end('SIGINT')).toEqual({ code: 0, signal: null })
  expect(Date.now() - asked).toBeLessThan(8_000)
  expect(isRunning(postmaster)).toBe(false)
}, 120_000)

test('after kill -9 of everything a start on another port goes on with the same data and token', async () => {
  const folder = temporaryFolder()
  endLeftovers(folder)
  const first = await givenDoor(folder)
  await first.call('POST', '/sessions', { name: 'orders' })
  const postmaster = postmasterOf(folder)

  await first.door.end('SIGKILL')
  expect(isRunning(postmaster)).toBe(true)
  const port = await freePort()
  const second = await givenDoor(folder, { MA_PORT: String(port) })

  expect(second.door.errors()).toMatch(/adopted the Postgres/)
  expect(new URL(second.url).port).toBe(String(port))
  expect(second.token).toBe(first.token)
  expect(second.code).not.toBe(first.code)
  expect((await second.call('GET', '/sessions/orders')).status).toBe(200)

  await second.door.end('SIGKILL')
  process.kill(postmaster, 'SIGKILL')
  const third = await givenDoor(folder)

  expect(third.token).toBe(first.token)
  expect((await third.call('GET', '/sessions/orders')).status).toBe(200)
  const last = postmasterOf(folder)
  expect(last).not.toBe(postmaster)
  expect((await third.door.end('SIGTERM')).code).toBe(0)
  expect(isRunning(last)).toBe(false)
}, 120_000)

test('a bad environment stops the start and names every bad variable at once', async () => {
  const door = startDoor('local', {
    MA_PORT: '99999',
    MA_SECRET_KEY: 'too short',
    MA_ENGINE: 'magic',
    DATABASE_URL: 'mysql://root:hunter2@there/db',
  })

  expect((await door.ended).code).toBe(1)
  for (const name of ['MA_PORT', 'MA_SECRET_KEY', 'MA_ENGINE', 'DATABASE_URL'])
    expect(door.errors()).toContain(name)
  expect(door.errors()).not.toContain('hunter2')
  expect(door.out).toEqual([])
})

test.each(['node', 'jobs', 'migrate'] as const)(
  'the %s door says which variables it misses',
  async (name) => {
    const door: Door = startDoor(name, {})

    expect((await door.ended).code).toBe(1)
    expect(door.errors()).toContain('DATABASE_URL')
    if (name !== 'migrate') expect(door.errors()).toContain('MA_SECRET_KEY')
  },
)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

// npm run demo, as a new user meets it: it comes up, the link signs in, the migration completes, Ctrl-C ends it all.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { missingFor } from './engine.ts'
import { hasTime } from './engines.ts'

const demo = join(import.meta.dirname, 'demo.ts')
const missing = (await missingFor('es7')) ?? (await missingFor('os2'))
if (missing && process.env.REQUIRE_RIGS === '1')
  throw new Error(`REQUIRE_RIGS=1, but this suite needs ${missing}`)

describe.skipIf(missing || !hasTime('the demo'))('the demo', () => {
  test('comes up with a session whose migration completes, and ends without a trace', async () => {
    const child = start({ MA_PORT: '0' })
    const lines = await linesUntil(child, /^Migration Assistant is ready: /)
    const [, url = '', code = ''] = /(http:\S+)\/ui\/#code=(\S+)$/.exec(lines.at(-1) ?? '') ?? []
    const target = lines.map((line) => /OpenSearch 2\S+ +(http:\S+)/.exec(line)?.[1]).find(Boolean) ?? ''
    expect(lines.slice(0, -1).join(' ')).not.toMatch(/\bready\b/)
    const call = await signIn(url, code)

    await call('POST', '/sessions/demo/metadata/start', { dryRun: false })
    const status = await ended(call)

    expect(status).toMatchObject({ status: 'Completed', items: { failed: 0, warning: 0 } })
    const aliases = await (await fetch(`${target}/_alias/orders,shop-errors,bargains`)).json()
    expect(Object.keys(aliases)).toHaveLength(7)

    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
    for (const address of [url, target]) await expect(fetch(address)).rejects.toThrow('fetch failed')
  })
})

test('the demo says what is missing on a machine without Java', async () => {
  const child = start({ PATH: '/nonexistent' })

  const [[code], said] = await Promise.all([once(child, 'exit'), text(child.stderr)])

  expect(code).toBe(1)
  expect(said).toMatch(/lacks java.*\(JDK 17 or newer, Maven\)/)
})

function start(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [demo], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGINT'))
  return child
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let all = ''
  for await (const chunk of stream ?? []) all += String(chunk)
  return all
}

async function linesUntil({ stdout }: ChildProcess, last: RegExp): Promise<string[]> {
  const lines: string[] = []
  if (stdout)
    for await (const line of createInterface({ input: stdout })) {
      lines.push(line)
      if (last.test(line)) return lines
    }
  throw new Error(`the demo ended:\n${lines.join('\n')}`)
}

type Call = (method: string, path: string, body?: object) => Promise<{ status: string }>

/** As the page behind the link does: the code becomes a cookie. */
async function signIn(url: string, code: string): Promise<Call> {
  const headers = { 'content-type': 'application/json', origin: url }
  const login = await fetch(`${url}/auth/login`, { method: 'POST', headers, body: JSON.stringify({ code }) })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, cookie },
      body: body && JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (await response.json()) as { status: string } // the status is what is read of it
  }
}

async function ended(call: Call): Promise<{ status: string }> {
  for (;;) {
    const status = await call('GET', '/sessions/demo/metadata/latest_status')
    if (!/^(Pending|Running)$/.test(status.status)) return status
    await sleep(200)
  }
}

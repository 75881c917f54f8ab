import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { missingFor, startEngine } from './engine.ts'
import { hasTime, needs } from './engines.ts'
import { wipe } from './wipe.ts'

const missing = await missingFor('es7')

async function call(method: string, url: string, body?: unknown) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${text}`)
  return JSON.parse(text)
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

describe.skipIf(missing || !hasTime('an engine of its own'))('an engine', () => {
  test('keeps its data between starts, and takes settings', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'engine-rig-'))
    onTestFinished(() => rm(dataDir, { recursive: true }))
    const first = await startEngine('es7', { dataDir, settings: { 'cluster.name': 'kept' } })
    await call('PUT', `${first.url}/kept/_doc/1?refresh`, { a: 1 })
    await first.stop()
    expect(await answers(first.url)).toBe(false)

    const second = await startEngine('es7', { dataDir, settings: { 'cluster.name': 'kept' } })
    onTestFinished(second.stop)
    await call('GET', `${second.url}/_cluster/health/kept?wait_for_status=yellow&timeout=30s`)

    expect(await call('GET', second.url)).toMatchObject({ cluster_name: 'kept' })
    expect(await call('GET', `${second.url}/kept/_count`)).toMatchObject({ count: 1 })
  })

  test('ends with its parent, even one that is killed', async () => {
    const parent = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), 'es7'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let url = ''
    for await (const line of createInterface({ input: parent.stdout })) {
      url = /^ready (\S+)$/.exec(line)?.[1] ?? ''
      if (url) break
    }
    expect(await answers(url)).toBe(true)

    parent.kill('SIGKILL')

    for (let i = 0; i < 100 && (await answers(url)); i++) await sleep(100)
    expect(await answers(url)).toBe(false)
  })

  test('that cannot start says why', async () => {
    const started = startEngine('es7', { settings: { 'no.such.setting': 'x' } })

    await expect(started).rejects.toThrow(/no\.such\.setting/)
  })
})

const rigs = await needs('es7', 'os2')

describe.skipIf(!rigs.available || !rigs.es7?.repo)('the shared engines', () => {
  test('restore what another has written to the shared folder', async () => {
    const { es7, os2 } = rigs
    const name = 'engine-rig'
    await Promise.all([wipe(es7, name), wipe(os2, name)])
    const repository = { type: 'fs', settings: { location: join(es7.repo, name) } }
    await call('PUT', `${es7.url}/${name}/_doc/1?refresh`, { a: 1 })
    for (const { url } of [es7, os2]) await call('PUT', `${url}/_snapshot/${name}`, repository)
    await call('PUT', `${es7.url}/_snapshot/${name}/one?wait_for_completion=true`, { indices: name })

    await call('POST', `${os2.url}/_snapshot/${name}/one/_restore?wait_for_completion=true`, {
      indices: name,
    })

    expect(await call('GET', `${os2.url}/${name}/_count`)).toMatchObject({ count: 1 })
    await Promise.all([wipe(es7, name), wipe(os2, name)])
  })
})

describe.skipIf(!rigs.available)('wipe', () => {
  test('removes everything of its prefix, and nothing else', async () => {
    const { url } = rigs.os2
    for (const name of ['wipe-rig-a', 'keep-rig-a']) {
      await call('PUT', `${url}/${name}`)
      await call('PUT', `${url}/_component_template/${name}`, { template: {} })
      await call('PUT', `${url}/_index_template/${name}`, {
        index_patterns: [`${name}-*`],
        composed_of: [name],
      })
      await call('PUT', `${url}/_template/${name}`, { index_patterns: [`${name}-old-*`] })
      await call('PUT', `${url}/_ingest/pipeline/${name}`, { processors: [] })
      await call('PUT', `${url}/_scripts/${name}`, { script: { lang: 'painless', source: 'return 1' } })
    }

    await wipe(url, 'wipe-rig-')

    const { metadata } = await call('GET', `${url}/_cluster/state/metadata`)
    // The graveyard remembers what was deleted.
    const left = JSON.stringify({ ...metadata, 'index-graveyard': undefined })
    expect(left).not.toContain('wipe-rig-')
    expect(left.match(/"keep-rig-a"/g)?.length).toBeGreaterThanOrEqual(6)
    await wipe(url, 'keep-rig-')
  })

  test('refuses a prefix that would take everything', async () => {
    for (const prefix of ['', '*', '_all', '../'])
      await expect(wipe('http://127.0.0.1:9', prefix)).rejects.toThrow('no prefix')
  })
})

// @vitest-environment node
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { afterAll, expect, test } from 'vitest'

const KB = 1_024
const outDir = mkdtempSync(join(tmpdir(), 'ui-budget-'))
afterAll(() => rmSync(outDir, { recursive: true, force: true }))

const built = await build({
  configFile: 'ui/vite.config.ts',
  logLevel: 'error',
  build: { outDir, emptyOutDir: true },
})
const { output } = [built].flat()[0] as Rolldown.RolldownOutput // not watched, and of one configuration
const chunks = new Map(output.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file]] : [])))

/** A chunk with all that it needs before it can run. */
function needs(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  for (const other of chunks.get(name)?.imports ?? []) needs(other, found)
  return found
}
const weigh = (names: Iterable<string>) =>
  [...names].reduce((sum, name) => sum + gzipSync(chunks.get(name)?.code ?? '').length, 0)
const entry = [...chunks.values()].find(({ isEntry }) => isEntry)?.fileName ?? ''
const initial = needs(entry)

test('the first page loads at most 90 KB of JavaScript', () => {
  console.log(`initial JavaScript: ${(weigh(initial) / KB).toFixed(1)} KB gzipped`)

  expect(entry).toMatch(/^assets\/.+-.+\.js$/)
  expect(weigh(initial)).toBeLessThan(90 * KB)
})

test('each further page loads at most 40 KB more', () => {
  const routes = [...initial].flatMap((name) => chunks.get(name)?.dynamicImports ?? [])
  const room = routes.find((name) => name.includes('session-room')) ?? ''
  for (const route of routes) {
    const more = new Set([...needs(route), ...needs(room)].filter((name) => !initial.has(name)))
    console.log(`${route}: ${(weigh(more) / KB).toFixed(1)} KB gzipped`)
    expect(weigh(more)).toBeLessThan(40 * KB)
  }

  expect(routes.length).toBeGreaterThan(6)
})

test('the page has no script or style of its own, which the policy would refuse', () => {
  const html = readFileSync(join(outDir, 'index.html'), 'utf8')

  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=/)
  expect(html).not.toMatch(/https?:\/\//)
})

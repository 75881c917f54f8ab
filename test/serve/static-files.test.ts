import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { serveStatic } from '../../serve/parts/static-files.ts'
import type { AppEnv } from '../../shared/http/context.ts'

function givenBuild(basePath: string) {
  const folder = mkdtempSync(join(tmpdir(), 'ma-ui-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'ui/assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.json'), '{}')
  writeFileSync(join(folder, 'ui/index.html'), '<script src="/ui/assets/index-1.js"></script>')
  writeFileSync(join(folder, 'ui/assets/index-1.js'), 'export {}')
  const app = new Hono<AppEnv>()
  serveStatic(app, { ui: join(folder, 'ui'), docs: folder, basePath })
  return app
}

test('a page of the app is its index, which names its files below the path that the door mounts', async () => {
  const [plain, mounted] = await Promise.all(
    ['', '/migration'].map(async (basePath) =>
      (await givenBuild(basePath).request('/ui/sessions/orders')).text(),
    ),
  )

  expect(plain).toContain('src="/ui/assets/index-1.js"')
  expect(mounted).toContain('src="/migration/ui/assets/index-1.js"')
})

test('a page allows no script but our own, and a built file is kept for ever', async () => {
  const app = givenBuild('')

  const [page, script] = [await app.request('/ui/'), await app.request('/ui/assets/index-1.js')]

  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';/)
  expect(page.headers.get('cache-control')).toBe('no-cache')
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(script.headers.get('cache-control')).toContain('immutable')
})

test.each(['/ui/../secret.json', '/ui/%2e%2e/secret.json', '/ui/..%2fsecret.json', '/ui/assets/none.js'])(
  '%s is no file of the build',
  async (path) => {
    expect((await givenBuild('').request(path)).status).toBe(404)
  },
)

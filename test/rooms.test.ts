// The walls of the house: which room may import what. The table is that of the README's map.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { init, parse } from 'es-module-lexer'
import { transformSync } from 'esbuild'
import { expect, test } from 'vitest'

await init

/** Which room opens onto which, first match wins. A place that is not listed is behind a wall. */
const doors: [room: string, opensOnto: RegExp][] = [
  ['handlers/index.ts', /^(handlers|shared)\/|^(hono|hono-openapi)$/],
  ['handlers/', /^shared\/|^(hono(\/(cookie|html|streaming))?|valibot|yaml)$/],
  ['jobs/', /^(jobs|shared)\/(?!http\/)|^tools\/(metadata|validate|snapshot)\/|^(pg-boss|valibot)$/],
  // User regular expressions of a selection run in linear time wherever a selection is judged.
  ['shared/domain/', /^shared\/domain\/|^(valibot|re2js)$/],
  ['shared/db/', /^shared\/(db|domain|problems|seal|queue\/queues)|^(pg)$/],
  [
    'shared/http/',
    /^shared\/|^(hono|hono-openapi|hono\/(cookie|route|router(\/[a-z-]+)?|utils\/http-status)|valibot)$/,
  ],
  ['shared/queue/', /^shared\/(queue|domain|db\/database)|^(pg-boss|valibot)$/],
  [
    'shared/cluster/',
    /^shared\/(cluster|domain|problems)|^(undici|ipaddr\.js|valibot|re2js)$|^(@smithy|@aws-crypto)\/|^node:/,
  ],
  // The engine in Kubernetes knows no database; its supervisor does.
  [
    'shared/workflows/argo-engine.ts',
    /^shared\/(workflows\/(port|engine-failure|verified)\.ts|(db|domain)\/)/,
  ],
  ['shared/workflows/argo', /^shared\/(workflows|domain)\//],
  ['shared/workflows/', /^shared\/(workflows|db|domain|queue)\//],
  ['shared/artifacts/', /^shared\/artifacts\//],
  ['shared/connections.ts', /^shared\//],
  // As connections are to clusters: a secret is bound to its use and unsealed, for handlers and jobs alike.
  ['shared/repository-access.ts', /^shared\/(?!http\/)/],
  // What the job and the processes of a validation are given is gathered once for both.
  ['shared/validate-assignment.ts', /^shared\/(?!http\/)|^valibot$/],
  ['shared/repositories/', /^shared\/(repositories|domain)\//],
  ['shared/import-config.ts', /^shared\/(domain|problems)|^(valibot|yaml)$/],
  ['shared/', /^shared\/(domain\/|[a-z-]+\.ts$)|^valibot$/],
  [
    'tools/',
    /^tools\/|^shared\/(domain|cluster)\/|^shared\/problems\.ts$|^(valibot|undici|re2js|quickjs-emscripten|lossless-json)$|^(node:|@aws-sdk\/|@smithy\/)/,
  ],
  ['serve/', /^(serve|handlers|jobs|shared|tools)\/|^[^./]/],
  // The build of the UI runs on Node.
  ['ui/vite.config.ts', /^(vite|vite-plugin-solid|node:url)$/],
  ['ui/', /^ui\/|^(solid-js|@solidjs\/|@kobalte\/|openapi-fetch|uplot|yaml)/],
]

/** Everything a file imports: values and types, static, bare and dynamic. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  // The lexer reads TypeScript; of JSX it is given the plain module.
  const { code } = file.endsWith('x')
    ? transformSync(source, { loader: 'tsx', jsx: 'transform' })
    : { code: source }
  const types = [...source.matchAll(/^import type .*? from '([^']+)'/gms)].map(([, to]) => to ?? null)
  const lexed = parse(code)[0].map(({ specifier }) => specifier)
  return [...new Set([...lexed, ...types])].filter((to) => typeof to === 'string')
}

const files = globSync('{handlers,jobs,shared,tools,serve,ui}/**/*.{ts,tsx}', {
  exclude: (name) => /node_modules|dist$/.test(String(name)),
}).filter((file) => !file.endsWith('.d.ts') && !file.includes('node_modules'))

test('the walls are looked at: files are found, and their imports of every kind', () => {
  expect(files.length).toBeGreaterThan(50)
  expect(importsOf('handlers/sessions/get.ts')).toEqual([
    '../../shared/domain/session.ts',
    '../../shared/http/route.ts',
  ])
  expect(importsOf('shared/connections.ts')).toContain('./db/database.ts')
})

test.each(files)('%s keeps to its room', (file) => {
  const [, opensOnto] = doors.find(([room]) => file.startsWith(room)) ?? ['', /(?!)/]
  const places = importsOf(file).map((to) => (to.startsWith('.') ? join(dirname(file), to) : to))

  expect(places.filter((place) => !opensOnto.test(place))).toEqual([])
})

test('nothing imports a door or a test', () => {
  const guilty = files
    .filter((file) => !file.startsWith('serve/'))
    .filter((file) =>
      importsOf(file).some((to) => to.startsWith('.') && /^(serve|test)\//.test(join(dirname(file), to))),
    )
  expect(guilty).toEqual([])
})

test('folder and file of a handler are its operation id, its path comment is its route, and the listing is the API', async () => {
  const { handlers } = await import('../handlers/index.ts')
  const listed = globSync('handlers/*/*.ts').map((file) => file.slice('handlers/'.length, -'.ts'.length))
  expect(Object.keys(handlers).sort()).toEqual(listed.sort())
  for (const file of listed) {
    const source = readFileSync(`handlers/${file}.ts`, 'utf8')
    const id = file.replace(/[/-]([a-z])/g, (_, letter: string) => letter.toUpperCase())
    expect(source).toContain(`id: '${id}'`)
    const [, method, path] = /^\/\/ ([A-Z]+) (\S+)\n/.exec(source) ?? []
    expect(source).toMatch(
      new RegExp(`\\.${method?.toLowerCase()}\\(\\s*'${path?.replace(/[/:]/g, '\\$&')}'`),
    )
  }
})

test('every job has its queue, and every queue its job', async () => {
  const [{ jobs }, { queues }] = await Promise.all([
    import('../jobs/index.ts'),
    import('../shared/queue/queues.ts'),
  ])
  expect(jobs.map(({ queue }) => queue.name).sort()).toEqual(queues.map(({ name }) => name).sort())
  for (const { name } of queues) expect(existsSync(`jobs/${name}.ts`)).toBe(true)
})

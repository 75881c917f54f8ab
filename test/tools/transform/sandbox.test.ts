import { afterAll, expect, test } from 'vitest'
import { openSandbox, type Sandbox, type Transform } from '../../../tools/transform/sandbox.ts'

const limits = { timeMs: 1_000, memoryBytes: 16 * 1024 * 1024 }
const open: Sandbox[] = []
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())))

const sandboxOf = (...codes: string[]) => sandboxWithin(limits, ...codes)

function sandboxWithin(within: typeof limits, ...codes: string[]): Sandbox {
  const transforms: Transform[] = codes.map((code, at) => ({ name: `t${at + 1}`, code }))
  const sandbox = openSandbox(transforms, within)
  open.push(sandbox)
  return sandbox
}

const item = JSON.stringify({ type: 'index', name: 'orders', body: { settings: {} } })

test('code that evaluates to a function transforms the item', async () => {
  const [outcome] = await sandboxOf('(item) => ({ ...item, name: item.name + "-v2" })').apply([item])

  expect(outcome).toEqual({ ok: true, items: ['{"type":"index","name":"orders-v2","body":{"settings":{}}}'] })
})

test('code that declares a function named transform is used', async () => {
  const [outcome] = await sandboxOf('function transform(item) { item.body.a = 1; return item }').apply([item])

  expect(outcome).toEqual({
    ok: true,
    items: ['{"type":"index","name":"orders","body":{"settings":{},"a":1}}'],
  })
})

test('transforms follow one another, a list splits, null drops', async () => {
  const split = sandboxOf(
    '(i) => [{ ...i, name: "a" }, { ...i, name: "b" }]',
    '(i) => (i.name === "a" ? null : i)',
  )

  expect(await split.apply([item])).toEqual([{ ok: true, items: [expect.stringContaining('"name":"b"')] }])
})

test.each([
  ['loops for ever', '(i) => { while (true) {} }', 'time', /longer than 1000 ms/],
  ['loops for ever while it is read', 'while (true) {}', 'time', /longer than 1000 ms/],
  [
    'allocates for ever',
    '(i) => { const a = []; while (true) a.push(new Uint8Array(1e6)) }',
    'memory',
    /16 MiB/,
  ],
  ['fills memory bit by bit', '(i) => { const a = []; while (true) a.push({ a: [i] }) }', 'memory', /16 MiB/],
  ['recurses for ever', 'function transform(i) { return transform(i) + 1 }', 'code', /stack/i],
  ['reaches for the network', '(i) => fetch("http://127.0.0.1/")', 'code', /fetch.*reaches no network/],
  ['reaches for the process', '(i) => process.exit(1)', 'code', /process.*reaches no network/],
  ['reaches for modules', '(i) => require("node:fs")', 'code', /require/],
  ['imports a module', '(i) => import("node:fs")', 'code', /promise/],
  [
    'climbs to the host through constructors',
    '(i) => i.constructor.constructor("return process")()',
    'code',
    /process/,
  ],
  ['returns a promise', 'async (i) => i', 'code', /promise/],
  ['returns nothing', '(i) => {}', 'code', /returned nothing/],
  ['throws', '(i) => { throw new Error("no such luck") }', 'code', /no such luck/],
  ['is no function', '42', 'code', /no function/],
  ['is no JavaScript', 'function (', 'code', /SyntaxError/],
])('code that %s fails its item and says why', async (_, code, reason, message) => {
  // Only a loop is to meet the limit of time, also on a machine that is busy.
  const within = reason === 'time' ? limits : { ...limits, timeMs: 20_000 }
  const [outcome] = await sandboxWithin(within, code).apply([item])

  expect(outcome).toMatchObject({
    ok: false,
    transform: 't1',
    reason,
    message: expect.stringMatching(message),
  })
})

test('an item that fails leaves the others alone', async () => {
  const sandbox = sandboxOf('(i) => { if (i.name === "bad") for (;;) {} ; return i }')
  const bad = item.replace('orders', 'bad')

  const outcomes = await sandbox.apply([item, bad, item])

  expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false, true])
})

test('nothing is carried from one item to the next', async () => {
  const sandbox = sandboxOf('globalThis.n = (globalThis.n ?? 0) + 1; (i) => ({ ...i, name: String(n) })')

  const outcomes = await sandbox.apply([item, item])

  expect(outcomes.map((outcome) => outcome.ok && JSON.parse(outcome.items[0] ?? '').name)).toEqual(['1', '1'])
})

test('code that replaces JSON cannot forge what leaves the sandbox', async () => {
  const sandbox = sandboxOf('JSON.stringify = () => "forged"; (i) => i')

  expect(await sandbox.apply([item])).toEqual([{ ok: true, items: [item] }])
})

test('a thousand items pass in a few seconds', async () => {
  const items = Array.from({ length: 1_000 }, (_, at) => item.replace('orders', `orders-${at}`))
  const started = performance.now()

  const outcomes = await sandboxOf('(i) => i').apply(items)

  expect(outcomes.every((outcome) => outcome.ok)).toBe(true)
  expect(performance.now() - started).toBeLessThan(30_000)
})

// One item through all transforms, in an interpreter of its own.
import {
  newQuickJSWASMModule,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  RELEASE_SYNC,
  Scope,
} from 'quickjs-emscripten'
import type { SandboxLimits, Transform, TransformOutcome } from './sandbox.ts'

/** How items go in and come out. */
export type Lane<Item> = {
  /** `(transform, text) => text`, evaluated before user code, which cannot replace what it uses. */
  carrier: string
  take(item: Item): Passage<Item>
}

/** One item on its way. */
export type Passage<Item> = {
  /** What goes in. */
  argument: string
  /** Functions over texts that the interpreter finds as globals. */
  answers?: Record<string, (...texts: string[]) => string | undefined>
  /** The items in what the carrier gave. */
  read(result: string, transform: Transform): Item[]
}

type Failure = Extract<TransformOutcome<unknown>, { ok: false }>

const stackBytes = 512 * 1024

/** JSON items, each of which may become several. */
export const itemLane: Lane<string> = {
  carrier: `((parse, stringify, isArray) => (transform, text) => {
    const result = transform(parse(text))
    if (result === undefined) throw new TypeError('it returned nothing: return the item, a list of items, or null')
    if (result !== null && typeof result.then === 'function') throw new TypeError('it returned a promise: a transform cannot wait for anything')
    const items = result === null ? [] : isArray(result) ? result : [result]
    return stringify(items.map((item) => stringify(item)))
  })(JSON.parse, JSON.stringify, Array.isArray)`,
  take: (item) => ({ argument: item, read: readItems }),
}

function readItems(json: string, transform: Transform): string[] {
  const items: unknown = JSON.parse(json)
  if (Array.isArray(items) && items.every((each) => typeof each === 'string')) return items
  throw new Told({
    ok: false,
    transform: transform.name,
    reason: 'result',
    message: 'It returned what is no JSON',
  })
}

/**
 * QuickJS counts blocks, not bytes, against its own memory limit; a WebAssembly memory with a maximum holds. It is
 * made anew after it was filled, for it never shrinks.
 */
const pageBytes = 65_536
const initialPages = 256

type Machine = { quickjs: QuickJSWASMModule; isFull(): boolean }

async function newMachine({ memoryBytes }: SandboxLimits): Promise<Machine> {
  const maximum = initialPages + Math.ceil(memoryBytes / pageBytes)
  const wasmMemory = new WebAssembly.Memory({ initial: initialPages, maximum })
  const quickjs = await newQuickJSWASMModule(newVariant(RELEASE_SYNC, { wasmMemory }))
  // Growth goes in steps, so the last step may not fit.
  return { quickjs, isFull: () => wasmMemory.buffer.byteLength > 0.75 * maximum * pageBytes }
}

export type Interpreter<Item> = (item: Item, transforms: Transform[]) => Promise<TransformOutcome<Item>>

/** An interpreter that passes one item at a time through transforms. Never throws for what user code does. */
export function interpreter<Item>(limits: SandboxLimits, lane: Lane<Item>): Interpreter<Item> {
  let machine: Machine | null = null
  return async (item, transforms) => {
    machine ??= await newMachine(limits)
    const outcome = interpret(machine, lane, item, transforms, limits)
    if (machine.isFull()) machine = null
    return outcome
  }
}

function interpret<Item>(
  machine: Machine,
  lane: Lane<Item>,
  item: Item,
  transforms: Transform[],
  limits: SandboxLimits,
): TransformOutcome<Item> {
  const deadline = Date.now() + limits.timeMs
  let items = [item]
  for (const transform of transforms) {
    const told = Scope.withScope((scope) => {
      const runtime = scope.manage(machine.quickjs.newRuntime())
      runtime.setMaxStackSize(stackBytes)
      runtime.setInterruptHandler(() => Date.now() > deadline)
      const context = scope.manage(runtime.newContext())
      return attempt(() => passAll({ scope, context, machine, transform, limits }, lane, items))
    })
    if (!told.ok) return told
    items = told.items
  }
  return { ok: true, items }
}

type Room = {
  scope: Scope
  context: QuickJSContext
  machine: Machine
  transform: Transform
  limits: SandboxLimits
}

function attempt<Item>(work: () => Item[]): TransformOutcome<Item> {
  try {
    return { ok: true, items: work() }
  } catch (error) {
    if (error instanceof Told) return error.failure
    throw error
  }
}

function passAll<Item>(room: Room, lane: Lane<Item>, items: Item[]): Item[] {
  const { scope, context, transform } = room
  const carry = must(room, context.evalCode(lane.carrier))
  const passages = items.map((item) => lane.take(item))
  for (const [name, answer] of Object.entries(passages[0]?.answers ?? {}))
    context.setProp(context.global, name, scope.manage(giveTexts(context, name, answer)))
  const value = must(room, context.evalCode(transform.code, `${transform.name}.js`))
  const made =
    context.typeof(value) === 'function' ? value : scope.manage(context.getProp(context.global, 'transform'))
  if (context.typeof(made) !== 'function')
    throw new Told({
      ok: false,
      transform: transform.name,
      reason: 'code',
      message: 'Its code is no function: end with (item) => item, or declare function transform(item)',
    })
  return passages.flatMap(({ argument, read }) => {
    const text = scope.manage(context.newString(argument))
    const result = must(room, context.callFunction(carry, context.undefined, made, text))
    return read(context.getString(result), transform)
  })
}

function giveTexts(
  context: QuickJSContext,
  name: string,
  answer: (...texts: string[]) => string | undefined,
): QuickJSHandle {
  return context.newFunction(name, (...handles) => {
    const text = answer(...handles.map((handle) => context.getString(handle)))
    return text === undefined ? context.undefined : context.newString(text)
  })
}

/** Carries a failure out of the steps above. */
class Told extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

type Evaluated = ReturnType<QuickJSContext['evalCode']>

function must({ scope, context, machine, transform, limits }: Room, result: Evaluated): QuickJSHandle {
  if (result.error === undefined) return scope.manage(result.value)
  const told = errorText(context, scope.manage(result.error))
  // Without room for an error object there is an error without words.
  const words = ['', 'null', 'undefined'].includes(told) && machine.isFull() ? 'out of memory' : told
  throw new Told({ ok: false, transform: transform.name, ...classify(words, limits) })
}

function errorText(context: QuickJSContext, handle: QuickJSHandle): string {
  const dumped: unknown = context.dump(handle)
  if (typeof dumped !== 'object' || dumped === null) return String(dumped)
  const name = 'name' in dumped ? String(dumped.name) : 'Error'
  return 'message' in dumped ? `${name}: ${String(dumped.message)}` : JSON.stringify(dumped)
}

const outside =
  /'(fetch|process|require|XMLHttpRequest|WebSocket|Deno|Buffer|setTimeout|console)' is not defined/

function classify(told: string, { timeMs, memoryBytes }: SandboxLimits): Pick<Failure, 'reason' | 'message'> {
  if (/^InternalError: interrupted/.test(told))
    return { reason: 'time', message: `It ran longer than ${timeMs} ms and was ended` }
  if (/out of memory/.test(told))
    return {
      reason: 'memory',
      message: `It wanted more than ${Math.round(memoryBytes / 1_048_576)} MiB of memory`,
    }
  const hint = outside.test(told) ? ' (a transform reaches no network, file, timer or process)' : ''
  return { reason: 'code', message: `${told.slice(0, 500)}${hint}` }
}

// The engines of a test suite:
//
//   const rigs = await needs('es7', 'os2')
//   describe.skipIf(!rigs.available)('…', () => { … rigs.es7.url … })
//
// es6, es7 and os2 are started once for a whole run, at the first need (global-setup.ts). Every other engine is one of
// the environment: MA_TEST_<NAME>_URL, with _CA (a PEM file) where it speaks TLS and _REPO where its files are near.
import { existsSync, readFileSync } from 'node:fs'
import { inject } from 'vitest'
import { missingFor, startEngine } from './engine.ts'
import { type OwnEngine, recipes } from './recipes.ts'

export type EngineName =
  | OwnEngine
  | 'es5'
  | 'es717'
  | 'es8'
  | 'os1'
  | 'os3'
  | `${'es6' | 'es7' | 'es8' | 'os2'}sec`

/** A running engine. `url` is empty where it is not available, and the suite that asked for it is skipped. */
export type Rig = {
  name: EngineName
  url: string
  /** Folder for file repositories; es6, es7 and os2 share one. Empty where it is not known. */
  repo: string
  /** PEM of the CA, for the engines that speak TLS. */
  ca?: string
}

export type Rigs<Name extends EngineName> = Record<Name, Rig> & {
  available: boolean
  /** What a skipped suite would need. */
  reason: string | null
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the door that starts engines, see global-setup.ts. */
    rigs: string
  }
}

/** The engines a test file needs, started, or the reason why its suites are skipped. REQUIRE_RIGS=1 makes that fail. */
export async function needs<Name extends EngineName>(...names: Name[]): Promise<Rigs<Name>> {
  const found = await Promise.all(names.map((name) => engine(name)))
  const reasons = found.filter((one) => typeof one === 'string')
  const reason = reasons.length > 0 ? `needs ${reasons.join(', and ')}` : null
  if (reason && process.env.REQUIRE_RIGS === '1') throw new Error(`REQUIRE_RIGS=1, but this suite ${reason}`)
  if (reason) console.warn(`skipped: this suite ${reason}`)
  const rigs = names.map((name, i) => {
    const one = found[i]
    return [name, typeof one === 'object' ? one : { name, url: '', repo: '' }]
  })
  // The cast holds because the entries are made from `names`, one each.
  return { ...Object.fromEntries(rigs), available: reason === null, reason } as Rigs<Name>
}

const isLong = process.env.MA_TEST_LONG === '1'

/** Whether what takes long is meant too: `.ci/run` and `npm run chaos` set MA_TEST_LONG=1. */
export function hasTime(suite: string): boolean {
  if (!isLong) console.warn(`skipped: ${suite} takes long, and needs MA_TEST_LONG=1`)
  return isLong
}

/** The engines of a suite that asks the same of each: where time is short the first, and those that were named by address. */
export function engines<Name extends EngineName>(...names: Name[]): Name[] {
  return names.filter(
    (name, at) => at === 0 || isLong || process.env[`MA_TEST_${name.toUpperCase()}_URL`] !== undefined,
  )
}

/** One engine, or what would be needed to have it. */
export async function engine(name: EngineName): Promise<Rig | string> {
  const variable = `MA_TEST_${name.toUpperCase()}`
  const url = process.env[`${variable}_URL`]
  if (url) return givenRig(name, url.replace(/\/+$/, ''), variable)
  if (!isOwn(name)) return `${variable}_URL${name.endsWith('sec') ? ` and ${variable}_CA` : ''}`
  const missing = await missingFor(name)
  if (missing) return `${missing} or ${variable}_URL`
  return { name, ...(await started(name)) }
}

function givenRig(name: EngineName, url: string, variable: string): Rig | string {
  const repo = process.env[`${variable}_REPO`] ?? ''
  const file = process.env[`${variable}_CA`]
  if (!url.startsWith('https:')) return { name, url, repo }
  if (!file || !existsSync(file)) return `${variable}_CA, the file of its CA`
  return { name, url, repo, ca: readFileSync(file, 'utf8') }
}

async function started(name: OwnEngine): Promise<{ url: string; repo: string }> {
  const door = inject('rigs')
  if (!door) return startEngine(name)
  const response = await fetch(`${door}/${name}`)
  if (!response.ok) throw new Error(await response.text())
  // Our own door answers this, see global-setup.ts.
  return (await response.json()) as { url: string; repo: string }
}

const isOwn = (name: string): name is OwnEngine => Object.hasOwn(recipes, name)

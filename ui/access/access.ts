// Who is signed in. The cookie is the browser's and unreadable here; what is known is what the API says.
import { revalidate } from '@solidjs/router'
import { createSignal } from 'solid-js'
import { type ApiProblem, api, type Me, ok, whenSignedOut } from '../api/client.ts'
import { toProblem } from '../live/loaded.ts'

/** `unknown` until the API answered; `expired` where somebody was signed in and the page below is kept. */
export type Access = 'unknown' | 'unreachable' | 'out' | 'expired' | 'in'

const [access, setAccess] = createSignal<Access>('unknown')
const [me, setMe] = createSignal<Me>()
const [problem, setProblem] = createSignal<ApiProblem>()

export { access, me, problem as accessProblem }

const rank = { viewer: 0, operator: 1, admin: 2 }

/** Whether the signed-in person may; what they may not is not offered. */
export function may(role: keyof typeof rank): boolean {
  const mine = me()?.role
  return mine !== undefined && rank[mine] >= rank[role]
}

/** Takes a one-time code out of the address, signs in with it if there is one, and asks who is here. */
export async function enter(): Promise<void> {
  whenSignedOut(() => setAccess((before) => (before === 'in' || before === 'expired' ? 'expired' : 'out')))
  const code = takeCode()
  if (code) await signIn({ code })
  else await readMe()
}

/** The code leaves the address before anything is sent, so that it stays in no history. */
function takeCode(): string | undefined {
  const [, code] = /^#code=(.+)$/.exec(location.hash) ?? []
  if (code === undefined) return undefined
  history.replaceState(history.state, '', location.pathname + location.search)
  return decodeURIComponent(code)
}

export async function signIn(credential: { code: string } | { token: string }): Promise<void> {
  setProblem(undefined)
  try {
    await ok(api.POST('/auth/login', { body: credential }))
  } catch (error) {
    setProblem(toProblem(error))
    setAccess((before) => (before === 'unknown' ? 'out' : before))
    return
  }
  await readMe()
  await revalidate()
}

export async function readMe(): Promise<void> {
  try {
    setMe(await ok(api.GET('/auth/me')))
    setProblem(undefined)
    setAccess('in')
  } catch (error) {
    const found = toProblem(error)
    if (found.status === 401) return
    setProblem(found)
    setAccess('unreachable')
  }
}

export async function signOut(): Promise<void> {
  await ok(api.POST('/auth/logout'))
  setMe(undefined)
  setAccess('out')
}

import { createSignal, onCleanup } from 'solid-js'

const [now, setNow] = createSignal(Date.now())
let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The time, each second; one timer for the whole screen, and none where nobody looks. */
export function useNow(): () => number {
  if (watchers++ === 0) {
    setNow(Date.now())
    timer = setInterval(() => setNow(Date.now()), 1_000)
  }
  onCleanup(() => {
    if (--watchers === 0) clearInterval(timer)
  })
  return now
}

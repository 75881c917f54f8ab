import { render } from '@solidjs/testing-library'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveProvider, watchLive } from '../../ui/live/live.tsx'
import { LiveIndicator } from '../../ui/parts/live-indicator.tsx'

/** Stands for the browser's stream; the test says what comes. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2
  static opened: FakeSource[] = []
  readonly url: string
  readyState = 1
  constructor(url: string) {
    super()
    this.url = url
    FakeSource.opened.push(this)
  }
  close() {
    this.readyState = 2
  }
  tell(type: string, id: number, data: object = {}) {
    this.dispatchEvent(
      new MessageEvent(type, { data: JSON.stringify({ id, type, data }), lastEventId: String(id) }),
    )
  }
  fail(readyState: number) {
    this.readyState = readyState
    this.dispatchEvent(new Event('error'))
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  FakeSource.opened = []
  vi.stubGlobal('EventSource', FakeSource)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function watch(open: () => boolean = () => true) {
  const seen = { changed: 0, types: [] as string[] }
  const Watcher = () => {
    watchLive({
      types: ['run.'],
      open,
      changed: () => seen.changed++,
      event: (event) => seen.types.push(event.type),
    })
    return <LiveIndicator />
  }
  const { container } = render(() => (
    <LiveProvider session="a b">
      <Watcher />
    </LiveProvider>
  ))
  const [source] = FakeSource.opened
  if (!source) throw new Error('No stream was opened')
  return { seen, container, source }
}

test('a stream that opens is said to be live, and what happened before it is read again', async () => {
  const { seen, container, source } = watch(() => false)
  expect(source.url).toBe('/sessions/a%20b/events')

  source.tell('open', 4)
  await vi.advanceTimersByTimeAsync(400)

  expect(container.textContent).toBe('Live')
  expect(seen.changed).toBe(1)
})

test('an event is passed on within half a second, and a burst of them reads once or twice', async () => {
  const { seen, source } = watch()
  source.tell('open', 4)
  await vi.advanceTimersByTimeAsync(1_000)
  const before = seen.changed

  for (let id = 5; id < 25; id++) source.tell('run.progress', id)
  source.tell('config.saved', 25)
  await vi.advanceTimersByTimeAsync(500)

  expect(seen.types).toHaveLength(20)
  expect(seen.changed - before).toBeGreaterThan(0)
  expect(seen.changed - before).toBeLessThan(3)
})

test('a stream that was refused is opened again after the last event, and meanwhile is asked for', async () => {
  const { seen, container, source } = watch()
  source.tell('open', 4)
  source.tell('run.state', 9)
  await vi.advanceTimersByTimeAsync(400)
  const before = seen.changed

  source.fail(FakeSource.CLOSED)
  expect(container.textContent).toContain('Reconnecting')
  await vi.advanceTimersByTimeAsync(5_500)

  expect(FakeSource.opened.at(-1)?.url).toBe('/sessions/a%20b/events?after=9')
  expect(seen.changed).toBeGreaterThan(before)
})

test('nothing is asked again for what has ended, while the stream stays open for what begins', async () => {
  const { seen, source } = watch(() => false)
  source.fail(FakeSource.CLOSED)

  await vi.advanceTimersByTimeAsync(120_000)

  expect(seen.changed).toBe(0)
})

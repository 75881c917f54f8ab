import { useNow } from '../live/clock.ts'
import { useLive } from '../live/live.tsx'
import type { LiveState } from '../live/stream.ts'
import { formatAge } from '../words/format.ts'
import type { Look } from '../words/states.ts'
import { Chip } from './state-chip.tsx'

const looks: Record<LiveState, Look> = {
  connecting: { word: 'Connecting', tone: 'calm', icon: 'clock' },
  live: { word: 'Live', tone: 'good', icon: 'dot' },
  reconnecting: { word: 'Reconnecting', tone: 'warn', icon: 'off' },
  polling: { word: 'Not live', tone: 'warn', icon: 'clock' },
}

/** Whether what is shown is of this moment, and if not, how old it is. */
export function LiveIndicator() {
  const live = useLive()
  const now = useNow()
  const look = () => {
    const found = looks[live.state()]
    if (live.state() === 'live' || live.state() === 'connecting') return found
    return { ...found, word: `${found.word}, asked ${formatAge(now() - live.heardAt())}` }
  }
  return (
    <span class="live-indicator">
      <Chip look={look()} />
    </span>
  )
}

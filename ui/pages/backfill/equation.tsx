import type { BackfillIndex } from '../../api/client.ts'
import { Chip } from '../../parts/state-chip.tsx'
import { accountFor } from '../../words/backfill.ts'
import { formatNumber } from '../../words/format.ts'
import type { Look } from '../../words/states.ts'

/** Whether every document of an index is accounted for. */
export function Equation(props: { of: BackfillIndex; open: boolean }) {
  const look = (): Look => {
    const { missing, rejected } = accountFor([props.of])
    if (missing === null)
      return props.open
        ? { word: 'Counting', tone: 'busy', icon: 'clock' }
        : { word: 'Unknown', tone: 'warn', icon: 'question' }
    if (missing > 0 && props.open)
      return { word: `${formatNumber(missing)} left`, tone: 'calm', icon: 'circle' }
    if (missing > 0) return { word: `${formatNumber(missing)} not moved`, tone: 'warn', icon: 'alert' }
    if (missing < 0) return { word: `${formatNumber(-missing)} too many`, tone: 'bad', icon: 'alert' }
    if (rejected > 0) return { word: 'Adds up, failed', tone: 'warn', icon: 'alert' }
    return { word: 'Adds up', tone: 'good', icon: 'check' }
  }
  return <Chip look={look()} />
}

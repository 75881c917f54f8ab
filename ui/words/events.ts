// What happened, in a sentence.
import type { SessionEvent, Status } from '../api/client.ts'
import { formatPercent, plural } from './format.ts'
import { checkLooks, type Look, statusLooks } from './states.ts'

const plain: Look = { word: 'Note', tone: 'calm', icon: 'info' }
const text = (value: unknown) => (typeof value === 'string' ? value : '')

export function describeEvent({ type, data }: SessionEvent): { look: Look; text: string } {
  const action = text(data.action)
  const name = text(data.name)
  switch (type) {
    case 'run.state':
      return {
        look: statusLooks[data.state as Status] ?? plain,
        text: `${capital(action)}${errorOf(data.error)}`,
      }
    case 'run.progress': {
      const percent = typeof data.percent === 'number' ? formatPercent(data.percent) : 'percent not known'
      return {
        look: { word: 'Progress', tone: 'busy', icon: 'dot' },
        text: `${capital(action)}: ${percent}`,
      }
    }
    case 'run.log':
      return { look: plain, text: `${plural(Number(data.lines), 'log line')} written` }
    case 'cluster.tested': {
      const look = checkLooks[data.result as keyof typeof checkLooks] ?? plain
      return { look, text: `Connection to the ${text(data.role)} tested: ${text(data.message)}` }
    }
    case 'config.saved':
      return data.valid
        ? {
            look: { word: 'Config', tone: 'calm', icon: 'pencil' },
            text: `Config version ${data.version} saved`,
          }
        : {
            look: { word: 'Draft', tone: 'warn', icon: 'pencil' },
            text: `Config version ${data.version} saved as a draft with errors`,
          }
    case 'run.phase':
      return {
        look: { word: text(data.phase) || 'Phase', tone: 'busy', icon: 'dot' },
        text: capital(action || 'backfill'),
      }
    case 'snapshot.deleted':
      return {
        look: { word: 'Deleted', tone: 'warn', icon: 'cross' },
        text: `Snapshot ${name} deleted from ${text(data.repository)}${data.finished ? '' : ': the source is still at it'}`,
      }
    case 'trial.cleaned':
      return {
        look: { word: 'Deleted', tone: 'warn', icon: 'cross' },
        text: `Trial ${text(data.indexPrefix)}: ${plural(Array.isArray(data.indexes) ? data.indexes.length : 0, 'index', 'indexes')} deleted from the target`,
      }
    case 'secret.set':
      return { look: plain, text: `Secret ${name} set` }
    case 'secret.deleted':
      return { look: plain, text: `Secret ${name} deleted` }
    case 'session.created':
      return {
        look: plain,
        text: data.clonedFrom ? `Session cloned from ${text(data.clonedFrom)}` : 'Session created',
      }
    case 'session.changed':
      return {
        look: plain,
        text:
          'archived' in data
            ? data.archived
              ? 'Session archived'
              : 'Session brought back'
            : 'Description changed',
      }
    default:
      return { look: plain, text: type }
  }
}

function errorOf(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'message' in error ? text(error.message) : ''
  return said ? `: ${said}` : ''
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** Newest first, with all but the latest of a run's progress and log events left out in between. */
export function withoutRepeats(events: SessionEvent[]): SessionEvent[] {
  return events.filter((event, at) => {
    if (event.type === 'run.log') return false
    if (event.type !== 'run.progress') return true
    const newer = events.slice(0, at).find(({ type, runId }) => runId === event.runId && type !== 'run.log')
    return newer === undefined
  })
}

// What each state looks like and is called. A state is always icon, word and colour together.
import type { ConnectionCheck, Issue, ItemKind, Outcome, RunItem, Status } from '../api/client.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'busy'
export type IconName =
  | 'check'
  | 'cross'
  | 'alert'
  | 'circle'
  | 'dot'
  | 'pause'
  | 'stop'
  | 'question'
  | 'skip'
  | 'arrow'
  | 'clock'
  | 'copy'
  | 'info'
  | 'chevron'
  | 'plus'
  | 'search'
  | 'download'
  | 'external'
  | 'pencil'
  | 'link'
  | 'off'
export type Look = { word: string; tone: Tone; icon: IconName }

export const statusLooks: Record<Status, Look> = {
  NotStarted: { word: 'Not started', tone: 'calm', icon: 'circle' },
  Pending: { word: 'Pending', tone: 'busy', icon: 'clock' },
  Running: { word: 'Running', tone: 'busy', icon: 'dot' },
  Paused: { word: 'Paused', tone: 'warn', icon: 'pause' },
  Stopping: { word: 'Stopping', tone: 'warn', icon: 'stop' },
  Stopped: { word: 'Stopped', tone: 'calm', icon: 'stop' },
  Completed: { word: 'Completed', tone: 'good', icon: 'check' },
  CompletedWithErrors: { word: 'Completed with errors', tone: 'warn', icon: 'alert' },
  Failed: { word: 'Failed', tone: 'bad', icon: 'cross' },
  Unknown: { word: 'Unknown', tone: 'warn', icon: 'question' },
}

export const outcomeLooks: Record<Outcome, Look> = {
  ok: { word: 'OK', tone: 'good', icon: 'check' },
  warning: { word: 'Warning', tone: 'warn', icon: 'alert' },
  failed: { word: 'Failed', tone: 'bad', icon: 'cross' },
  skipped: { word: 'Skipped', tone: 'calm', icon: 'skip' },
}

export const severityLooks: Record<Issue['severity'], Look> = {
  error: { word: 'Error', tone: 'bad', icon: 'cross' },
  warning: { word: 'Warning', tone: 'warn', icon: 'alert' },
  info: { word: 'Note', tone: 'calm', icon: 'info' },
}

export const checkLooks: Record<ConnectionCheck['result'], Look> = {
  ok: { word: 'Connected', tone: 'good', icon: 'check' },
  refused: { word: 'Address refused', tone: 'bad', icon: 'cross' },
  dns: { word: 'Name not found', tone: 'bad', icon: 'cross' },
  tcp: { word: 'No connection', tone: 'bad', icon: 'cross' },
  tls: { word: 'TLS failed', tone: 'bad', icon: 'cross' },
  timeout: { word: 'Timed out', tone: 'bad', icon: 'cross' },
  '401': { word: '401 Credentials refused', tone: 'bad', icon: 'cross' },
  '403': { word: '403 Permission missing', tone: 'bad', icon: 'cross' },
  version: { word: 'Unsupported version', tone: 'bad', icon: 'cross' },
  unavailable: { word: 'Unavailable', tone: 'bad', icon: 'cross' },
  protocol: { word: 'Not a search cluster', tone: 'bad', icon: 'cross' },
}

export const kindWords: Record<ItemKind, string> = {
  cluster: 'Cluster',
  legacyTemplate: 'Legacy template',
  componentTemplate: 'Component template',
  indexTemplate: 'Index template',
  ingestPipeline: 'Ingest pipeline',
  index: 'Index',
  alias: 'Alias',
  shard: 'Shard',
  check: 'Check',
}

/** What was done, or in an evaluation would be. */
export function actionWord(action: RunItem['detail']['action'], dryRun: boolean): string {
  const words = {
    create: dryRun ? 'Would be created' : 'Created',
    unchanged: 'There already, equal',
    differs: 'There already, differs',
    skip: 'Left out',
    refused: dryRun ? 'Would be refused' : 'Refused',
  }
  return words[action]
}

/** An engine's own words for a workflow and its steps; one that is not known here is shown as it stands. */
export function phaseLook(phase: string): Look {
  const looks: Record<string, Look> = {
    Pending: { word: 'Pending', tone: 'busy', icon: 'clock' },
    Running: { word: 'Running', tone: 'busy', icon: 'dot' },
    Succeeded: { word: 'Succeeded', tone: 'good', icon: 'check' },
    Failed: { word: 'Failed', tone: 'bad', icon: 'cross' },
    Error: { word: 'Error', tone: 'bad', icon: 'cross' },
    Ending: { word: 'Ending', tone: 'calm', icon: 'stop' },
    Skipped: { word: 'Skipped', tone: 'calm', icon: 'skip' },
    Unknown: { word: 'Unknown', tone: 'warn', icon: 'question' },
  }
  return looks[phase] ?? { word: phase, tone: 'calm', icon: 'circle' }
}

const terminal: Status[] = ['NotStarted', 'Stopped', 'Completed', 'CompletedWithErrors', 'Failed']

/** Whether nothing more will come of it by itself. What is not known may still change. */
export function isTerminal(status: Status | undefined): boolean {
  return status !== undefined && terminal.includes(status)
}

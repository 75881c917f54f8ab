// Numbers, sizes and times as text. Unknown is said as unknown, never as zero.
export const UNKNOWN = 'unknown'

const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

export function formatNumber(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : whole.format(value)
}

/** Exact below a hundred thousand, then short: 1.24M. */
export function formatCount(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN
  return value < 100_000 ? whole.format(value) : short.format(value)
}

export function formatBytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log(value) / Math.log(1_024)), units.length - 1)
  const scaled = value / 1_024 ** step
  return `${step === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${units[step]}`
}

/** Rounded down, so that 100 % is said of nothing that has something left. */
export function formatPercent(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : `${Math.floor(value)} %`
}

export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** How long ago, in one unit. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 5) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`
}

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

export function formatMoment(iso: string): string {
  return moment.format(new Date(iso))
}

export function formatClock(iso: string): string {
  return clock.format(new Date(iso))
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}

/** Bytes per second over a moving window, so that a slow start or a pause is soon forgotten. */
export class Rate {
  readonly #windowMs: number
  #points: { at: number; bytes: number }[] = []

  constructor(windowMs = 30_000) {
    this.#windowMs = windowMs
  }

  /** Tells how many bytes are done at a moment of a clock that only goes forward. */
  add(at: number, bytes: number): void {
    this.#points.push({ at, bytes })
    while (this.#points.length > 2 && (this.#points[1]?.at ?? at) <= at - this.#windowMs) this.#points.shift()
  }

  /** Null while it is not known. */
  get bytesPerSecond(): number | null {
    const [first, last] = [this.#points[0], this.#points.at(-1)]
    if (!first || !last || last.at - first.at < 500 || last.bytes < first.bytes) return null
    return ((last.bytes - first.bytes) * 1_000) / (last.at - first.at)
  }
}

/** `12.3 MB/s` */
export function rateText(bytesPerSecond: number): string {
  return `${bytesText(bytesPerSecond)}/s`
}

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let [value, unit] = [bytes, 0]
  for (; value >= 1_000 && unit < units.length - 1; unit++) value /= 1_000
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** `40 s`, `3 min`, `2.5 h` */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`
}

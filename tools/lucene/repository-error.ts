// Everything that can be wrong with a snapshot repository or the Lucene files in it, under one class.

export type RepositoryErrorCode =
  | 'access_denied'
  | 'blob_missing'
  | 'blob_truncated'
  | 'checksum_mismatch'
  | 'codec_unknown'
  | 'corrupt'
  | 'format_newer'
  | 'format_unsupported'
  | 'index_not_found'
  | 'invalid_input'
  | 'path_refused'
  | 'repository_inconsistent'
  | 'repository_not_found'
  | 'shard_not_in_snapshot'
  | 'snapshot_not_found'
  | 'stopped'
  | 'unreachable'

export type RepositoryErrorDetails = {
  /** The blob or Lucene file that is wrong, relative to the repository or shard. */
  file?: string
  expected?: string | number
  found?: string | number
  /** What a person can do about it. */
  remedy?: string
  cause?: unknown
}

/** Where in the snapshot the error was met; filled in by whoever knows, on the way up. */
export type RepositoryErrorPlace = { snapshot?: string; index?: string; shard?: number; segment?: string }

/** A snapshot that cannot be read, with the file, what was expected there and what to do. Never holds a credential. */
export class RepositoryError extends Error {
  readonly code: RepositoryErrorCode
  readonly file: string | undefined
  readonly expected: string | number | undefined
  readonly found: string | number | undefined
  readonly remedy: string | undefined
  place: RepositoryErrorPlace = {}

  constructor(code: RepositoryErrorCode, message: string, details: RepositoryErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'RepositoryError'
    this.code = code
    this.file = details.file
    this.expected = details.expected
    this.found = details.found
    this.remedy = details.remedy
  }

  /** Adds what the caller knows of the place; what is known already stays. */
  at(place: RepositoryErrorPlace): this {
    this.place = { ...place, ...this.place }
    return this
  }

  /** One flat object for a log line or a report; absent members are left out. */
  toJSON(): Record<string, string | number> {
    const all = {
      code: this.code,
      message: this.message,
      ...this.place,
      file: this.file,
      expected: this.expected,
      found: this.found,
      remedy: this.remedy,
    }
    return Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
    )
  }
}

/** Runs `work` and marks a RepositoryError that leaves it with `place`. */
export async function placed<T>(place: RepositoryErrorPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof RepositoryError ? error.at(place) : error
  }
}

export function corrupt(
  file: string,
  message: string,
  details: Omit<RepositoryErrorDetails, 'file'> = {},
): RepositoryError {
  return new RepositoryError('corrupt', `File "${file}" is damaged: ${message}`, {
    remedy: 'Take a new snapshot, or choose an older one',
    ...details,
    file,
  })
}

export function truncated(file: string, expected: number, found: number): RepositoryError {
  return new RepositoryError(
    'blob_truncated',
    `File "${file}" is cut short: ${expected} bytes expected, ${found} found`,
    {
      file,
      expected,
      found,
      remedy: 'Copy the file again from where the repository came from, or choose another snapshot',
    },
  )
}

export function checksumMismatch(file: string, expected: number, found: number): RepositoryError {
  const hex = (crc: number) => (crc >>> 0).toString(16).padStart(8, '0')
  return new RepositoryError(
    'checksum_mismatch',
    `File "${file}" is damaged: its CRC-32 is ${hex(found)}, and ${hex(expected)} is on record`,
    {
      file,
      expected: hex(expected),
      found: hex(found),
      remedy: 'Copy the file again from where the repository came from, or choose another snapshot',
    },
  )
}

/** Throws `stopped` once the signal is aborted; cheap enough for every chunk. */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new RepositoryError('stopped', 'Reading was stopped', { cause: signal.reason })
}

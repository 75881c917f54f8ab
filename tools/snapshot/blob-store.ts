/** A blob's name relative to the repository, and its length in bytes. */
export type BlobInfo = { name: string; size: number }

export type ReadRange = {
  /** Default 0. */
  offset?: number
  /** Default: to the end of the blob. */
  length?: number
  /** How long the whole blob must be, where that is on record: a copy cut short is found wherever it is read. */
  expectedSize?: number
  signal?: AbortSignal
}

/** The few things a snapshot repository needs of where it is kept. Names use `/`, never begin with it, never hold `..`. */
export interface BlobStore {
  /** Where this is, for messages: a folder or `s3://…`. Never holds a credential. */
  readonly location: string
  /** A sequential reader does best with requests of this many bytes, and this many of them ahead. */
  readonly readSize: number
  readonly readAhead: number
  /** Exactly the range asked for, in memory of the caller's own. Throws `blob_missing`, `blob_truncated`, `access_denied`, `unreachable`. */
  read(name: string, range?: ReadRange): Promise<Uint8Array>
  /** Takes back what `read` gave, which nobody uses after that. */
  free(bytes: Uint8Array): void
  size(name: string, signal?: AbortSignal): Promise<number>
  /** Blobs (not folders) directly in the folder of `prefix` whose name begins with it. Empty where there is none. */
  list(prefix: string, signal?: AbortSignal): Promise<BlobInfo[]>
  /** The path of the repository within its folder or bucket, without slashes at its ends; empty where it is all of it. */
  readonly prefix: string
  /** The name of a path that counts from the folder or bucket: OpenSearch 3 puts shards beside the repository's own. */
  rooted(path: string): string
  close(): Promise<void>
}

/** Frees memory now: the collector, to which a megabyte is one small object, lets dozens pile up. */
export function release({ buffer, byteLength }: Uint8Array): void {
  // Bytes of a larger memory are not this reader's alone.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer?.(0)
}

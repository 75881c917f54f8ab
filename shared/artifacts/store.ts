/** Where the files of runs are kept. Names are checked by the caller; a write is durable when it resolves. */
export interface ArtifactStore {
  write(
    runId: string,
    name: string,
    content: AsyncIterable<Uint8Array>,
  ): Promise<{ size: number; sha256: string }>
  /** Undefined where the file is gone. */
  read(runId: string, name: string): Promise<ReadableStream<Uint8Array> | undefined>
  /** Forgets the files of a run; forgetting twice is harmless. */
  remove(runId: string): Promise<void>
}

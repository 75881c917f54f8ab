// What the local engine asks of a runtime: child processes by name.

export type ProcessState = {
  key: string
  running: boolean
  /** Of an ended process: exit code, or null where a signal ended it. */
  code: number | null
  signal: string | null
  /** Whether it was asked to check out. */
  asked: boolean
  /** The last lines of its error output. */
  tail: string[]
}

export interface Processes {
  /** Starts a step of the tool of that name. It ends by itself when this process does. */
  start(process: { key: string; tool: string; step: string; env: Record<string, string> }): void
  /** Those whose key begins so, ended ones included until they are forgotten. */
  list(prefix: string): ProcessState[]
  /** Asks a process to check out; one that does not within `graceMs` is killed. */
  stop(key: string, graceMs: number): void
  forget(key: string): void
}

// node tools/snapshot/main.ts list|describe|documents --repository <folder or s3://bucket/prefix> …
import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { runCommand } from './command-line.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

// Node writes to a pipe synchronously: a reader that pauses would keep us from hearing the signal to stop.
const stdout: Writable = fstatSync(1).isFIFO() ? new Socket({ fd: 1, readable: false }) : process.stdout
// Whoever reads us may have seen enough: that is their way to say so, not a failure of ours.
stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
})

const code = await runCommand(process.argv.slice(2), { stdout, stderr: process.stderr, signal: stop.signal })
if (code === 3) process.exit(3) // what could not be written any more stays unwritten
process.exitCode = code
if (stdout !== process.stdout) stdout.end()

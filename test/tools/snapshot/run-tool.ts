import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runCommand } from '../../../tools/snapshot/command-line.ts'

export type Line = Record<string, unknown>

/** Runs the tool as its `main.ts` does and parses what it prints. */
export async function runTool(...args: string[]): Promise<{ code: number; lines: Line[]; errors: Line[] }> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const printed = Promise.all([text(stdout), text(stderr)])
  const code = await runCommand(args, { stdout, stderr, signal: new AbortController().signal })
  stdout.end()
  stderr.end()
  const [out, err] = await printed
  return { code, lines: parse(out), errors: parse(err) }
}

function parse(printed: string): Line[] {
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** The lines of `documents` in the form of `TruthIndex.lines`. */
export function truthOf(lines: Line[], index: string): string[] {
  return lines
    .filter((line) => line.index === index)
    .map((line) => [line.type ?? '', line.id, line.routing ?? '', line.sourceSha256].join('|'))
    .sort()
}

// The reader alone: LZ4 stored fields of a real Elasticsearch 7.10 snapshot into finished bulk bodies, by the worker's
// own code over a target that takes everything at once. Beside it the decoders alone, ours and liblz4, over the same blocks.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startProcess } from './lab.ts'
import { median, type Row, spread } from './measure.ts'
import type { ReaderFigure, ReaderTask } from './reader-process.ts'
import { benchSource, type Source } from './source.ts'

const ROUNDS = 5
const BAR = 300

export async function measureReader(): Promise<Row[]> {
  const source = await benchSource()
  const task: ReaderTask = { kind: 'read', ...source }
  const figures: ReaderFigure[] = []
  // One process, as a worker is, which reads for hours: its first round, in which its code is compiled, does not count.
  const child = startProcess('reader-process.ts')
  for (let round = 0; round <= ROUNDS; round++)
    figures.push(await child.ask<ReaderFigure>({ ...task, engine: undefined }))
  child.stop()
  const speeds = figures.slice(1).map(({ bytes, cpuMs }) => bytes / cpuMs / 1_000)
  const wall = figures.slice(1).map(({ bytes, wallMs }) => bytes / wallMs / 1_000)
  return [
    {
      name: `reader: source of ${source.documents.toLocaleString('en')} documents (Elasticsearch 7.10, LZ4) into bulk bodies, per core`,
      figure: `${spread(speeds, 0)} MB/s of processor time, ${median(wall).toFixed(0)} MB/s by the clock`,
      bar: `at least ${BAR} MB/s`,
      pass: median(speeds) >= BAR,
    },
    await decoders(source),
  ]
}

async function decoders({ repository, snapshot, index }: Source): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'ma-bench-'))
  const file = join(folder, 'blocks')
  const child = startProcess('reader-process.ts')
  const decompressed = await child.ask<number>({ kind: 'blocks', repository, snapshot, index, file })
  child.stop()
  const deno = join(import.meta.dirname, '../../node_modules/.bin/deno')
  const script = join(import.meta.dirname, 'lz4-native.ts')
  const flags = [
    'run',
    '--allow-ffi',
    '--allow-read',
    '--allow-env',
    '--cached-only',
    '--no-lock',
    '--no-check',
  ]
  const name = 'reader: the same LZ4 blocks decoded only, ours and liblz4 of the system, on one core'
  try {
    const { stdout } = await promisify(execFile)(deno, [...flags, script, file])
    const { oursMs, nativeMs } = JSON.parse(stdout) as { oursMs: number; nativeMs: number } // what it prints
    const speed = (ms: number) => `${(decompressed / ms / 1_000).toFixed(0)} MB/s`
    return { name, figure: `${speed(oursMs)} to ${speed(nativeMs)}`, bar: 'none', pass: null }
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n').at(-1) : String(error)
    return { name, figure: `not measured: ${why}`, bar: 'none', pass: null }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

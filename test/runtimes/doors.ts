// The API behind each of its doors, as a process with the least it needs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, project, startChild } from './child.ts'
import type { WhenDone } from './clean-up.ts'

export type Runtime = 'node' | 'deno' | 'workerd'
export type Door = { runtime: Runtime; url: string; child: Child }
export type Environment = {
  DATABASE_URL: string
  MA_SECRET_KEY: string
  MA_ADMIN_TOKEN: string
  MA_ARTIFACTS: string
}

/** The runtimes of this checkout, not those of the machine. */
export const programs = {
  deno: join(project, 'node_modules/.bin/deno'),
  wrangler: join(project, 'node_modules/.bin/wrangler'),
}

/** What a door needs: the database, and a key, token and folder of this test. */
export function environment(databaseUrl: string, folder: string): Environment {
  return {
    DATABASE_URL: databaseUrl,
    MA_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    MA_ADMIN_TOKEN: 'admin-of-the-smoke-test',
    MA_ARTIFACTS: folder,
  }
}

/** A folder that is gone when the test is done. */
export function temporaryFolder(whenDone: WhenDone): string {
  const folder = mkdtempSync(join(tmpdir(), 'ma-runtimes-'))
  whenDone(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a door on a free port of 127.0.0.1; it answers when this resolves. */
export async function startDoor(
  runtime: Runtime,
  env: Environment & Record<string, string>,
  whenDone: WhenDone,
): Promise<Door> {
  const child = start[runtime](env)
  whenDone(() => child.stop())
  const [, url = ''] = await child.says(/[Rr]eady(?: on|:) (http:\/\/127\.0\.0\.1:\d+)/)
  return { runtime, url, child }
}

const start: Record<Runtime, (env: Environment & Record<string, string>) => Child> = {
  node: (env) => startChild(process.execPath, ['serve/node.ts'], { ...env, MA_PORT: '0' }),
  deno: (env) =>
    startChild(programs.deno, ['run', ...denoFlags(env.MA_ARTIFACTS), 'serve/deno.ts'], {
      ...env,
      MA_PORT: '0',
    }),
  workerd: (env) => startWorker(env),
}

/** Reads the project and the artifacts, writes nothing, runs nothing. */
export function denoFlags(...folders: string[]): string[] {
  const read = `--allow-read=${[project, ...folders].join(',')}`
  const sys = '--allow-sys=hostname,networkInterfaces'
  return ['--no-prompt', '--cached-only', '--allow-net', '--allow-env', read, sys]
}

/** Workerd with the flags of wrangler.toml; `script` is a bundle that takes the place of its `main`. */
export function startWorker(env: Environment & Record<string, string>, script: string[] = []): Child {
  const folder = mkdtempSync(join(tmpdir(), 'ma-worker-'))
  // The bindings come from a file: process arguments can be read by everybody on the machine.
  const file = join(folder, 'bindings.env')
  const { MA_ARTIFACTS: _, ...bindings } = env
  writeFileSync(
    file,
    Object.entries(bindings)
      .map(([key, value]) => `${key}="${value}"\n`)
      .join(''),
  )
  const local = ['--local', '--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0']
  const quiet = ['--show-interactive-dev-session=false', '--live-reload=false', '--log-level', 'log']
  const child = startChild(
    programs.wrangler,
    ['dev', ...script, ...local, ...quiet, '--env-file', file, '--persist-to', join(folder, 'state')],
    { ...offline, WRANGLER_LOG_PATH: join(folder, 'logs') },
  )
  void child.ended.then(() => rmSync(folder, { recursive: true, force: true }))
  return child
}

const offline = {
  CI: '1',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
}

// The jobs of a database, in this process: real pg-boss, real claims.
import { onTestFinished } from 'vitest'
import { openContext } from '../../serve/parts/context.ts'
import { startJobs } from '../../serve/parts/jobs-process.ts'
import type { ArtifactStore } from '../../shared/artifacts/store.ts'
import { parseConfig } from '../../shared/config.ts'
import type { Run } from '../../shared/domain/run.ts'
import type { TestApp } from './app.ts'

/** The key that `startApp` seals with, as a door is given it. */
export const secretKey = Buffer.from(new Uint8Array(32).fill(7)).toString('base64')

/** Works on the queues of an app's database until the test ends, or until `stop`. `roots`: where repositories may be. */
export async function givenJobs(
  api: Pick<TestApp, 'url' | 'artifacts' | 'log'>,
  { roots, ...instead }: { artifacts?: ArtifactStore; roots?: string } = {},
): Promise<{ stop(): Promise<void> }> {
  const context = await openContext({
    config: parseConfig({ MA_LOG: 'error', ...(roots ? { MA_REPOSITORY_ROOTS: roots } : {}) }),
    url: api.url,
    secretKey,
    name: 'test jobs',
    local: true,
    ownPorts: () => [],
  })
  const jobs = await startJobs({ ...context, artifacts: api.artifacts, log: api.log, ...instead }, () => '')
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= jobs.stop().then(() => context.close())
    return stopped
  }
  onTestFinished(stop)
  return { stop }
}

/** Waits until the run is as wanted, and answers it. */
export async function runOnce(
  { call }: Pick<TestApp, 'call'>,
  id: string,
  wanted: (run: Run) => boolean,
  timeoutMs = 15_000,
): Promise<Run> {
  const until = Date.now() + timeoutMs
  for (;;) {
    const response = await call('GET', `/runs/${id}`)
    const run = (await response.json()) as Run // the API's own tests check its shape
    if (response.status === 200 && wanted(run)) return run
    if (Date.now() > until) throw new Error(`the run is still ${JSON.stringify(run)}`)
    await new Promise((wait) => setTimeout(wait, 50))
  }
}

export const hasEnded = (run: Run) => run.finishedAt !== null

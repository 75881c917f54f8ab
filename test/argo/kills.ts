// Ends parts of a running backfill as a machine would: with SIGKILL.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OwnUser } from '../acceptance/journey.ts'
import type { Rig } from '../rigs/argo/cluster.ts'

/** Parts of the cluster that a command of the environment kills and brings back; its argument is the part's name. */
export const clusterParts = ['workflow-controller', 'kubelet', 'kube-apiserver'] as const

export function killClusterPart(part: (typeof clusterParts)[number]): void {
  const command = process.env.MA_TEST_ARGO_KILL
  if (!command)
    throw new Error('MA_TEST_ARGO_KILL: expected a command that kills a part of the cluster and starts it')
  execFileSync('sh', ['-c', `${command} ${part}`], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 })
}

/** The API and the jobs process at once; another takes over on the same data, where pods know the API to be. */
export async function killProduct(user: OwnUser): Promise<void> {
  const { child, url } = user.product
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGKILL')
  await closed
  await user.startAgain(Number(new URL(url).port))
}

/** One worker of a run: as a process of this machine, or as a pod where pods are elsewhere. Answers which. */
export async function killWorker(rig: Rig, runId: string): Promise<string> {
  const label = `migration-assistant/run=${runId},migration-assistant/component=worker`
  for (let look = 0; look < 240; look++) {
    const pid = workerProcess(runId)
    if (pid !== undefined) {
      process.kill(pid, 'SIGKILL')
      return `process ${pid}`
    }
    const found = rig.kubectl([
      'get',
      'pods',
      '-l',
      label,
      '--field-selector=status.phase=Running',
      '-o',
      'name',
    ])
    const [pod] = found.trim().split('\n')
    // A pod that runs and is no process here is on another machine.
    if (pod && look > 20) {
      rig.kubectl(['delete', pod, '--grace-period=0', '--force'])
      return pod
    }
    await sleep(250)
  }
  throw new Error('the run has no worker to kill')
}

function workerProcess(runId: string): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
      if (!/tools\/\w+\/main\.ts\0work/.test(command)) continue
      if (readFileSync(`/proc/${name}/environ`, 'utf8').includes(runId)) return Number(name)
    } catch {
      // It has ended meanwhile.
    }
  }
  return undefined
}

import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Runs `work` while no other process of this machine does so under the same path. A dead holder is pushed aside. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  while (!(await acquired(path))) await sleep(200)
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** Longer than any download: what is older was left behind, whoever has its process id by now. */
const MAX_AGE_MS = 15 * 60_000

async function acquired(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    const holder = Number(await readFile(path, 'utf8').catch(() => ''))
    const ageMs = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (ageMs > MAX_AGE_MS || (holder > 0 && !isAlive(holder))) await rm(path, { force: true })
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Keeps a second process out of a folder. What a killed process left is taken over. Returns the release. */
export function lockFolder(file: string): () => void {
  mkdirSync(dirname(file), { recursive: true })
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = openSync(file, 'wx')
      writeSync(handle, `${process.pid}\n`)
      closeSync(handle)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
      if (holder !== process.pid && isAlive(holder) && isOurs(holder))
        throw new Error(
          `Another Migration Assistant (pid ${holder}) uses ${dirname(file)}; stop it, or set MA_DATA_DIR to another folder`,
        )
      rmSync(file, { force: true })
    }
  }
  throw new Error(`Cannot lock ${file}`)
}

/** A pid may have been given to another program since. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('serve/local')
  } catch {
    return process.platform !== 'linux'
  }
}

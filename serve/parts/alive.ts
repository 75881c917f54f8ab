// A file that is touched as long as the process can do its work: what a probe looks at where there is no port.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Db } from '../../shared/db/database.ts'

const EVERY_MS = 10_000

/** Touches `<data dir>/jobs-alive` while the database answers. Returns how to end it. */
export function keepAlive(db: Db, dataDir: string): () => void {
  const file = join(resolve(dataDir), 'jobs-alive')
  mkdirSync(resolve(dataDir), { recursive: true })
  const touch = () =>
    void db.query('select 1').then(
      () => writeFileSync(file, new Date().toISOString()),
      () => undefined,
    )
  touch()
  const timer = setInterval(touch, EVERY_MS)
  return () => clearInterval(timer)
}

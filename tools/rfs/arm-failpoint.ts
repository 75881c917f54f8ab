// MA_FAILPOINT=<name>[:<part of the detail>]@<file>: ends this process as `kill -9` does when it comes by that place,
// once: the file is made then, and whoever finds it goes on.
import { closeSync, openSync } from 'node:fs'
import * as v from 'valibot'
import { Failpoint, onFailpoint } from '../../shared/domain/failpoint.ts'

export function armFailpoint({ MA_FAILPOINT: text }: { MA_FAILPOINT?: string }): void {
  if (!text) return
  const [, name, part = '', file = ''] = /^([a-z.-]+)(?::([^@]+))?@(.+)$/.exec(text) ?? []
  const wanted = v.parse(Failpoint, name)
  onFailpoint((at, detail) => {
    if (at !== wanted || !detail.includes(part)) return
    try {
      closeSync(openSync(file, 'wx'))
    } catch {
      return // somebody ended here before
    }
    process.kill(process.pid, 'SIGKILL')
  })
}

// One set of engines for a whole test run: a door in the main process that workers ask, and that starts an engine when
// it is first asked for. Nothing is started for a run that needs none.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type Engine, startEngine } from './engine.ts'
import { type OwnEngine, recipes } from './recipes.ts'

const isOwn = (name: string): name is OwnEngine => Object.hasOwn(recipes, name)

export default async function setup(project: TestProject) {
  // Every engine may use this folder for repositories, so that one restores what another has written.
  const repo = await mkdtemp(join(tmpdir(), 'rig-repo-'))
  // Workers in pods are another user of this machine.
  await chmod(repo, 0o755)
  const engines = new Map<OwnEngine, Promise<Engine>>()
  const start = (name: OwnEngine) => {
    const known = engines.get(name) ?? startEngine(name, { repoPaths: [repo] })
    engines.set(name, known)
    return known
  }

  const door = createServer(async (request, response) => {
    const name = request.url?.slice(1) ?? ''
    try {
      if (!isOwn(name)) throw new Error(`no engine "${name}"`)
      const { url } = await start(name)
      response.end(JSON.stringify({ url, repo }))
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  const address = door.address()
  project.provide('rigs', `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)

  return async () => {
    door.close()
    await Promise.allSettled([...engines.values()].map(async (engine) => (await engine).stop()))
    await rm(repo, { recursive: true, force: true })
  }
}

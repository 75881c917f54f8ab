// node test/rigs/main.ts es7 [PORT] [DATADIR]: starts an engine and prints where it is. Ctrl-C ends it.
import { parseArgs } from 'node:util'
import { startEngine } from './engine.ts'
import { type OwnEngine, recipes } from './recipes.ts'

const [name = '', port = '0', dataDir] = parseArgs({ allowPositionals: true }).positionals
const isOwn = (text: string): text is OwnEngine => Object.hasOwn(recipes, text)
if (!isOwn(name) || !/^\d{1,5}$/.test(port)) {
  console.error(`usage: node test/rigs/main.ts ${Object.keys(recipes).join('|')} [PORT] [DATADIR]`)
  process.exit(2)
}

const engine = await startEngine(name, { port: Number(port), dataDir })
console.log(`ready ${engine.url}`)
const end = async () => {
  await engine.stop()
  process.exit(0)
}
process.once('SIGINT', () => void end())
process.once('SIGTERM', () => void end())

// Part of `npm run generate`: makes the `-wasm.gen.ts` of every WebAssembly text of the tools.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import wabt from 'wabt'

const tools = join(import.meta.dirname, '../../tools')

/** Folder and name of each text. */
const TEXTS = [
  ['lucene', 'lz4'],
  ['validate', 'canonical'],
] as const

/** The module in base64. */
export async function assemble(folder: string, name: string): Promise<string> {
  const { parseWat } = await wabt()
  const text = readFileSync(join(tools, folder, `${name}.wat`), 'utf8')
  const module = parseWat(`${name}.wat`, text, { simd: true, bulk_memory: true })
  return Buffer.from(module.toBinary({}).buffer).toString('base64')
}

if (import.meta.main)
  for (const [folder, name] of TEXTS)
    writeFileSync(
      join(tools, folder, `${name}-wasm.gen.ts`),
      `// Made of ${name}.wat by \`npm run generate\`.\nexport const ${name}Wasm =\n  '${await assemble(folder, name)}'\n`,
    )

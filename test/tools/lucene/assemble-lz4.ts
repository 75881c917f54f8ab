// Part of `npm run generate`: prints tools/lucene/lz4-wasm.gen.ts, which is lz4.wat assembled.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import wabt from 'wabt'

const source = join(import.meta.dirname, '../../../tools/lucene/lz4.wat')

/** The module in base64. */
export async function assembleLz4(): Promise<string> {
  const { parseWat } = await wabt()
  const text = readFileSync(source, 'utf8')
  const module = parseWat('lz4.wat', text, { simd: true, bulk_memory: true })
  return Buffer.from(module.toBinary({}).buffer).toString('base64')
}

if (import.meta.main)
  console.log(
    `// Made of lz4.wat by \`npm run generate\`.\nexport const lz4Wasm =\n  '${await assembleLz4()}'`,
  )

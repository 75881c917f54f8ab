// Validators as processes: `node tools/validate/main.ts plan|work|verify` with MA_API_URL, MA_RUN_ID and MA_RUN_TOKEN.
// Exits 0 done, 1 failed, 2 bad input, 3 stopped or released. Without a control plane:
// `verify certificate.json… --key PUBLIC_KEY` checks certificates of a session; 0 where every one is genuine.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { errorOf } from '../rfs/failure.ts'
import { accessOf, leave, print, stopSignal, told } from '../rfs/process.ts'
import { runUnderApi } from '../rfs/under-api.ts'
import { performValidation } from './steps.ts'
import { verifyCertificates } from './verify-certificate.ts'

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { key: { type: 'string' } },
    allowPositionals: true,
  })
  const [step = '', ...files] = positionals
  if (step === 'verify' && files.length > 0) return verifyFiles(files, values.key)
  const stop = stopSignal(process.env)
  const { step: known, access } = accessOf(step, process.env)
  return await told(stop, () => runUnderApi(known, access, stop, performValidation))
}

async function verifyFiles(files: string[], key: string | undefined): Promise<number> {
  if (key === undefined || Buffer.from(key, 'base64').length !== 32)
    throw new TypeError('Say --key with the public key, 32 bytes in base64: GET /signing-key')
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const verified = verifyCertificates(texts, key)
  for (const each of verified) print({ type: 'certificate', genuine: each.problems.length === 0, ...each })
  return verified.every(({ problems }) => problems.length === 0) ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  print({ type: 'error', code: 'invalid_input', message: errorOf(error).message })
  process.exitCode = 2
}
leave()

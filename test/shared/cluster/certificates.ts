// Certificates of every kind a cluster may show, made with the openssl command in a temporary folder.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

export type Pair = { cert: string; key: string }

const DAY_MS = 86_400_000

/** A CA and what it has signed: `good` for 127.0.0.1 and localhost, and three that must not be trusted. */
export function makeCertificates() {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const read = (name: string): Pair => ({
    cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  writeFileSync(join(folder, 'index'), '')
  writeFileSync(join(folder, 'ca.conf'), authority)

  const self = (name: string, subject: string, names: string): Pair => {
    const extensions = ['-addext', `subjectAltName=${names}`]
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-subj',
      subject,
      ...extensions,
    )
    return read(name)
  }
  const signed = (name: string, names: string, fromDays: number, toDays: number): Pair => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`)
    const dates = ['-startdate', stamp(fromDays), '-enddate', stamp(toDays)]
    const files = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', `${name}.ext`]
    openssl('ca', '-batch', '-notext', '-config', 'ca.conf', ...dates, ...files)
    return read(name)
  }

  const here = 'DNS:localhost,IP:127.0.0.1'
  const certificates = {
    ca: self('ca', '/CN=Test CA', 'DNS:ca'),
    selfSigned: self('self', '/CN=self', here),
    good: signed('good', here, -1, 2),
    expired: signed('expired', here, -9, -2),
    early: signed('early', here, 3, 9),
    elsewhere: signed('elsewhere', 'DNS:elsewhere.example', -1, 2),
    client: signed('client', 'DNS:client', -1, 2),
  }
  rmSync(folder, { recursive: true })
  return certificates
}

const authority = `
[ca]
default_ca = d
[d]
certificate = ca.pem
private_key = ca.key
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
unique_subject = no
policy = p
[p]
commonName = supplied
`

function stamp(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().replace(/[-:T]|\.\d+/g, '')
}

/** A server that wants a client certificate of the CA and says in a TLS alert why it hangs up, as clusters do. */
export async function givenStrictServer(
  { ca, good }: ReturnType<typeof makeCertificates>,
  version: 'tls1_2' | 'tls1_3',
): Promise<{ url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'strict-'))
  writeFileSync(join(folder, 'ca.pem'), ca.cert)
  writeFileSync(join(folder, 'server.pem'), good.cert + good.key)
  const files = ['-cert', 'server.pem', '-key', 'server.pem', '-CAfile', 'ca.pem']
  const strict = ['-Verify', '2', '-verify_return_error', '-www', `-${version}`]
  const child = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', ...files, ...strict], { cwd: folder })
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^ACCEPT .*:(\d+)$/.exec(line)?.[1]
    if (port) return { url: `https://127.0.0.1:${port}` }
  }
  throw new Error('openssl s_server ended before it listened')
}

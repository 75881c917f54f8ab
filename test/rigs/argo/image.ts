// The tool image as a docker archive, made without Docker: this Node with its libraries, the tools, what they import.
//   node test/rigs/argo/image.ts > image.tar
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export const IMAGE = 'rig.local/migration-assistant:1'
const project = join(import.meta.dirname, '../../..')

/** Packages that code under `tools/` and what it imports of `shared/` may use; `test/rooms.test.ts` keeps to them. */
const roots = [
  ...['valibot', 'undici', 're2js', 'quickjs-emscripten', 'lossless-json', 'ipaddr.js'],
  ...['@aws-sdk/client-s3', '@smithy/signature-v4', '@aws-crypto/sha256-js'],
]

type Lock = { packages: Record<string, { dependencies?: Record<string, string> }> }

/** Folders of the packages and of all that they depend on, as npm laid them out. */
function packages(): string[] {
  const lock: Lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
  const found = new Set<string>()
  const add = (name: string, from: string) => {
    for (let at = from; ; at = dirname(at)) {
      const path = join(at === '.' ? '' : at, 'node_modules', name)
      const known = lock.packages[path]
      if (known) {
        if (found.has(path)) return
        found.add(path)
        for (const dependency of Object.keys(known.dependencies ?? {})) add(dependency, path)
        return
      }
      if (at === '.') throw new Error(`${name} is not in the lockfile`)
    }
  }
  for (const name of roots) add(name, '.')
  return [...found]
}

function libraries(binary: string): string[] {
  const lines = execFileSync('ldd', [binary], { encoding: 'utf8' })
  return [...lines.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)
}

function layer(work: string, name: string, fill: (root: string) => void): { sha: string; path: string } {
  const root = join(work, name)
  mkdirSync(root, { recursive: true })
  fill(root)
  const flags = ['--format=gnu', '--owner=0', '--group=0', '--sort=name', '--mtime=@0', '--mode=a+rX']
  execFileSync('tar', [...flags, '-C', root, '-cf', join(work, 'layer.tar'), '.'])
  const sha = createHash('sha256')
    .update(readFileSync(join(work, 'layer.tar')))
    .digest('hex')
  const path = `${sha}/layer.tar`
  mkdirSync(join(work, 'image', sha), { recursive: true })
  cpSync(join(work, 'layer.tar'), join(work, 'image', path))
  return { sha, path }
}

function node(root: string): void {
  const binary = realpathSync(process.execPath)
  for (const folder of ['usr/local/bin', 'tmp', 'etc', 'root'])
    mkdirSync(join(root, folder), { recursive: true })
  cpSync(binary, join(root, 'usr/local/bin/node'))
  for (const path of libraries(binary)) cpSync(realpathSync(path), join(root, path))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/\nma:x:10001:10001:ma:/tmp:/\n')
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n')
}

function app(root: string): void {
  for (const path of ['package.json', 'tools', 'shared', ...packages()])
    cpSync(join(project, path), join(root, 'app', path), { recursive: true })
}

/** Writes the archive of `IMAGE` to a file. */
export function writeImage(file: string): void {
  const work = mkdtempSync(join(tmpdir(), 'ma-image-'))
  try {
    const layers = [layer(work, 'node', node), layer(work, 'app', app)]
    const config = JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: {
        Env: ['PATH=/usr/local/bin', 'NODE_ENV=production'],
        WorkingDir: '/app',
        User: '10001:10001',
      },
      rootfs: { type: 'layers', diff_ids: layers.map(({ sha }) => `sha256:${sha}`) },
      history: layers.map(() => ({ created_by: 'test/rigs/argo/image.ts' })),
    })
    const name = `${createHash('sha256').update(config).digest('hex')}.json`
    writeFileSync(join(work, 'image', name), config)
    const manifest = [{ Config: name, RepoTags: [IMAGE], Layers: layers.map(({ path }) => path) }]
    writeFileSync(join(work, 'image', 'manifest.json'), JSON.stringify(manifest))
    execFileSync('tar', ['-C', join(work, 'image'), '-cf', file, '.'])
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const file = join(mkdtempSync(join(tmpdir(), 'ma-archive-')), 'image.tar')
  writeImage(file)
  process.stdout.write(readFileSync(file))
  rmSync(dirname(file), { recursive: true })
}

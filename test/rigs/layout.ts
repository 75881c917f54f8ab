// Makes the folder of an engine out of Maven artifacts: lib/, modules/NAME/ and the compiled starter.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withLock } from './lock.ts'
import {
  type Distribution,
  type Module,
  type OwnEngine,
  type Parts,
  type Recipe,
  recipes,
} from './recipes.ts'

const run = promisify(execFile)
const maven = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1'
const starterSource = join(import.meta.dirname, 'starter.java')

/** The folder of an engine, laid out and downloaded at the first call on a machine (10 to 60 s), found later. */
export async function layOut(name: OwnEngine): Promise<string> {
  const home = await homeOf(name)
  if (existsSync(home)) return home
  return withLock(`${home}.lock`, async () => {
    if (existsSync(home)) return home
    const work = await mkdtemp(`${home}.work-`)
    const recipe = recipes[name]
    const made = 'zip' in recipe ? await unpack(recipe, work) : await assemble(recipe, work)
    await compileStarter(recipe, made)
    // The folder appears whole or not at all.
    await rename(made, home)
    await rm(work, { recursive: true, force: true })
    return home
  })
}

/** Is this engine laid out already, so that Maven is not needed? */
export async function isLaidOut(name: OwnEngine): Promise<boolean> {
  return existsSync(await homeOf(name))
}

async function homeOf(name: OwnEngine): Promise<string> {
  const cache = process.env.RIG_CACHE ?? join(homedir(), '.cache', 'migration-rigs')
  const ingredients = JSON.stringify(recipes[name]) + (await readFile(starterSource, 'utf8'))
  return join(cache, 'own', `${name}-${createHash('sha256').update(ingredients).digest('hex').slice(0, 12)}`)
}

async function unpack({ zip, folder }: Distribution, work: string): Promise<string> {
  await mvn(work, [`${maven}:unpack`, `-Dartifact=${zip}`, `-DoutputDirectory=${work}`])
  await mkdir(join(work, folder, 'plugins'), { recursive: true })
  return join(work, folder)
}

/**
 * Lets Maven resolve the server and every module on their own, in one run. A module then keeps what neither the server
 * nor the plugin it extends already loads: a class loaded twice would not be the same class.
 */
async function assemble(recipe: Recipe & Parts, work: string): Promise<string> {
  const names = recipe.modules.map(moduleName)
  await writePom(work, 'rig', names)
  await writePom(join(work, 'server'), 'server', [], recipe.server)
  for (const module of recipe.modules)
    await writePom(join(work, moduleName(module)), moduleName(module), [], [module.artifact])
  await mvn(work, [
    `${maven}:copy-dependencies`,
    '-DincludeScope=runtime',
    '-Dmdep.outputDirectory=jars',
    '-DoutputDirectory=jars',
  ])

  const home = join(work, 'home')
  const server = await jars(join(work, 'server'))
  await cp(join(work, 'server', 'jars'), join(home, 'lib'), { recursive: true })
  await mkdir(join(home, 'plugins'))
  for (const module of recipe.modules) {
    const parents = module.extends ? await jars(join(work, module.extends)) : []
    const loaded = new Set([...server, ...parents].map(artifactOf))
    const to = join(home, 'modules', moduleName(module))
    for (const jar of await jars(join(work, moduleName(module)))) {
      if (!loaded.has(artifactOf(jar))) await cp(join(work, moduleName(module), 'jars', jar), join(to, jar))
    }
    await writeFile(join(to, 'plugin-descriptor.properties'), descriptor(recipe, module))
  }
  return home
}

async function compileStarter({ root }: Recipe, home: string): Promise<void> {
  const source = join(home, 'Starter.java')
  await writeFile(source, (await readFile(starterSource, 'utf8')).replaceAll('ENGINE', root))
  await run('javac', [
    '-proc:none',
    '-nowarn',
    '-cp',
    join(home, 'lib', '*'),
    '-d',
    join(home, 'starter'),
    source,
  ])
}

async function writePom(
  folder: string,
  name: string,
  modules: string[],
  artifacts: string[] = [],
): Promise<void> {
  const all = modules.length > 0 ? ['server', ...modules] : []
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`
  })
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rig</groupId><artifactId>rig-${name}</artifactId><version>1</version><packaging>pom</packaging>
  <modules>${all.map((module) => `<module>${module}</module>`).join('')}</modules>
  <dependencies>${dependencies.join('')}</dependencies>
</project>`
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'pom.xml'), pom)
}

function descriptor({ root, version }: Recipe & Parts, module: Module): string {
  const name = moduleName(module)
  const properties = {
    name,
    description: name,
    version,
    [`${root.slice('org.'.length)}.version`]: version,
    'java.version': '1.8',
    classname: module.pluginClass,
    'extended.plugins': module.extends ?? '',
    'has.native.controller': 'false',
  }
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

async function mvn(folder: string, args: string[]): Promise<void> {
  try {
    await run('mvn', ['-q', '-B', '-Dstyle.color=never', ...args], {
      cwd: folder,
      maxBuffer: 16 * 1024 * 1024,
    })
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    throw new Error(`Cannot lay out an engine: Maven failed\n${output.slice(-2_000)}`, { cause: error })
  }
}

const moduleName = ({ artifact }: Module) => (artifact.split(':')[1] ?? '').replace(/-client$/, '')
const jars = async (folder: string) =>
  (await readdir(join(folder, 'jars'))).filter((file) => file.endsWith('.jar'))
const artifactOf = (jar: string) => jar.replace(/-\d[^/]*\.jar$/, '')

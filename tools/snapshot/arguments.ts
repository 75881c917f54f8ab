import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { Selection, select, unmatched } from '../../shared/domain/selection.ts'
import { RepositoryError } from '../lucene/repository-error.ts'
import { parseLocation, type RepositoryLocation } from './open-blobs.ts'

export const usage = `Reads a snapshot repository of Elasticsearch 5 to 8 or OpenSearch 1 to 3.

node tools/snapshot/main.ts list      --repository WHERE
node tools/snapshot/main.ts describe  --repository WHERE [--snapshot NAME] [--index PATTERN]…
node tools/snapshot/main.ts documents --repository WHERE [--snapshot NAME] [--index PATTERN]… [--source]

WHERE is a folder or s3://bucket/prefix, the latter with [--endpoint URL] [--region R] [--path-style] and the
credentials of the environment. PATTERN is a name, a glob or regex:…; without it, all but the products' own indices.
Exit codes: 0 done, 1 failed, 2 bad input, 3 stopped.
`

export type Arguments = {
  command: 'list' | 'describe' | 'documents' | 'help'
  repository: RepositoryLocation
  snapshot: string | undefined
  selection: Selection
  source: boolean
}

const options = {
  repository: { type: 'string' },
  snapshot: { type: 'string' },
  index: { type: 'string', multiple: true },
  source: { type: 'boolean', default: false },
  endpoint: { type: 'string' },
  region: { type: 'string' },
  'path-style': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Throws `invalid_input` with what is wrong. */
export function parseArguments(args: string[]): Arguments {
  const { values, positionals } = parsed(args)
  const selection = parseSelection(values.index)
  const command = values.help ? 'help' : positionals[0]
  if (command !== 'list' && command !== 'describe' && command !== 'documents' && command !== 'help')
    throw badInput(`There is no command "${command ?? ''}"`)
  if (positionals.length > 1) throw badInput(`"${positionals[1]}" is one word too many`)
  if (command !== 'help' && !values.repository) throw badInput('--repository is missing')
  const { endpoint, region } = values
  if (endpoint !== undefined && !URL.canParse(endpoint)) throw badInput(`"${endpoint}" is not a URL`)
  const s3 = { endpoint, region, pathStyle: values['path-style'] }
  const repository = parseLocation(values.repository ?? '', s3)
  return { command, repository, snapshot: values.snapshot, selection, source: values.source }
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (cause) {
    throw badInput(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function parseSelection(include: string[] | undefined): Selection {
  const result = v.safeParse(Selection, include ? { include } : {})
  if (result.success) return result.output
  throw badInput(`--index: ${result.issues[0].message}`)
}

/** The indices meant, sorted by name. A pattern that matches none is an error, never an empty answer. */
export function chooseIndices(names: readonly string[], selection: Selection): string[] {
  const [missed] = unmatched(names, selection)
  if (missed !== undefined)
    throw new RepositoryError('invalid_input', `No index of the snapshot matches "${missed}"`, {
      expected: names.slice(0, 20).join(', '),
      found: missed,
    })
  return select([...names].sort(), selection)
}

function badInput(message: string, cause?: unknown): RepositoryError {
  return new RepositoryError('invalid_input', message, { remedy: 'See --help', cause })
}

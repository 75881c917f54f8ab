// Permissions by doing: what the actions will do is done once, on something of our own, and undone.
import { randomBytes } from 'node:crypto'
import type { ClusterClient, ClusterRequest } from '../../../shared/cluster/client.ts'
import { member } from '../../../shared/cluster/json.ts'
import { registrationOf } from '../../../shared/cluster/snapshot-repository.ts'
import type { ConfiguredRepository } from '../../../shared/domain/validate.ts'
import { errorOf } from '../../rfs/failure.ts'
import { ask as askCluster } from '../../rfs/target.ts'
import { openBlobs } from '../../snapshot/open-blobs.ts'
import type { Work } from '../work.ts'
import { type Answer, ask } from './ask.ts'

const ownName = () => `migration-assistant-preflight-${randomBytes(6).toString('hex')}`

type Deed = { what: string; request: ClusterRequest }

/** Makes an index, writes, reads and counts a document, and a template, on the target; then removes both. */
export async function checkTargetPermissions(work: Work): Promise<void> {
  await ask(
    work,
    'preflight.target_permissions',
    'The user of the target may do all that a migration does',
    async () => {
      const name = ownName()
      const template = { index_patterns: [`${name}-never`], template: {} }
      const source = `{"index":{"_id":"1"}}\n{"at":"preflight"}\n`
      const deeds: Deed[] = [
        {
          what: 'create an index',
          request: put(`/${name}`, { settings: { number_of_shards: 1, number_of_replicas: 0 } }),
        },
        {
          what: 'write documents',
          request: {
            method: 'POST',
            path: `/${name}/_bulk`,
            body: source,
            contentType: 'application/x-ndjson',
          },
        },
        { what: 'refresh an index', request: { method: 'POST', path: `/${name}/_refresh` } },
        { what: 'count documents', request: { method: 'GET', path: `/${name}/_count` } },
        {
          what: 'search documents',
          request: { method: 'POST', path: `/${name}/_search`, body: '{"size":1}' },
        },
        {
          what: 'change the settings of an index',
          request: put(`/${name}/_settings`, { index: { refresh_interval: '1s' } }),
        },
        { what: 'add an alias', request: put(`/${name}/_alias/${name}-alias`, {}) },
        { what: 'create an index template', request: put(`/_index_template/${name}`, template) },
      ]
      const undo: Deed[] = [
        {
          what: 'delete an index',
          request: { method: 'DELETE', path: `/${name}`, query: { ignore_unavailable: true } },
        },
        { what: 'delete an index template', request: { method: 'DELETE', path: `/_index_template/${name}` } },
      ]
      return doAndUndo(work, work.target, 'target', name, deeds, undo)
    },
  )
}

/** Reads what the actions read of the source. */
export async function checkSourcePermissions(work: Work): Promise<void> {
  const { source } = work
  if (source === null) return
  await ask(
    work,
    'preflight.source_permissions',
    'The user of the source may read all that a migration reads',
    () => {
      const read = (what: string, path: string): Deed => ({ what, request: { method: 'GET', path } })
      const deeds = [
        read('list indexes', '/_cat/indices?format=json&h=index'),
        read('read settings', '/_all/_settings?filter_path=none'),
        read('read mappings', '/_all/_mapping?filter_path=none'),
        read('read aliases', '/_alias?filter_path=none'),
        read('read templates', '/_template?filter_path=none'),
        read('list snapshot repositories', '/_snapshot'),
      ].map(({ what, request }) => ({ what, request: withQuery(request) }))
      return doAndUndo(work, source, 'source', null, deeds, [])
    },
  )
}

/** Paths above are written with their query, as a person would; requests keep it apart. */
function withQuery({ path, ...request }: ClusterRequest): ClusterRequest {
  const [bare = '', search = ''] = path.split('?')
  return { ...request, path: bare, query: Object.fromEntries(new URLSearchParams(search)) }
}

/** Lets the source write into each repository and our side read it: the two ends of every backfill. */
export async function checkRepositories(work: Work): Promise<void> {
  for (const each of work.assignment.repositories) {
    const scope = `repository:${each.name}`
    const sentence = `The repository "${each.name}" can be`
    if (work.source !== null)
      await ask(work, 'preflight.repository_source', `${sentence} written by the source`, async () =>
        scoped(await checkSourceRepository(work, each), scope),
      )
    await ask(work, 'preflight.repository_workers', `${sentence} read from here`, async () => {
      const blobs = await openBlobs(each.access)
      try {
        await blobs.list('', work.signal)
      } finally {
        await blobs.close()
      }
      return [
        {
          status: 'pass',
          scope,
          message: `${sentence} read from here`,
          evidence: { location: blobs.location },
        },
      ]
    })
  }
}

const scoped = (answers: Answer[], scope: string) => answers.map((answer) => ({ ...answer, scope }))

async function checkSourceRepository(
  work: Work,
  { name, repository }: ConfiguredRepository,
): Promise<Answer[]> {
  const { source } = work
  if (source === null) return []
  const place = ownName()
  const path = `/_snapshot/${place}`
  const registration = registrationOf(repository, {})
  // Every node writes a file and reads it again, and the registration goes when it is known.
  const deeds = [
    {
      what: `register the repository "${name}" and write to it`,
      request: { ...put(path, registration), query: { verify: true } },
    },
  ]
  const undo: Deed[] = [{ what: 'forget the repository', request: { method: 'DELETE', path } }]
  return doAndUndo(work, source, 'source', place, deeds, undo)
}

function put(path: string, body: object): ClusterRequest {
  return { method: 'PUT', path, body: JSON.stringify(body) }
}

async function doAndUndo(
  { signal }: Work,
  client: ClusterClient,
  role: string,
  name: string | null,
  deeds: readonly Deed[],
  undo: readonly Deed[],
): Promise<Answer[]> {
  const answers: Answer[] = []
  try {
    for (const { what, request } of deeds) {
      const failure = await tryOne(client, { ...request, signal })
      if (failure === null) continue
      answers.push({
        status: 'fail',
        message: `The user of the ${role} cannot ${what}: ${failure.message}`,
        evidence: failure.evidence,
        remedy: failure.remedy,
      })
      // What follows leans on what was made first.
      if (request.method === 'PUT' && what === deeds[0]?.what) break
    }
  } finally {
    // Undone also where the user has stopped waiting.
    for (const { what, request } of undo) {
      const failure = await tryOne(client, { ...request, timeoutMs: 30_000 })
      const isGone = failure?.status === 404
      if (failure !== null && !isGone && answers.every(({ status }) => status !== 'fail'))
        answers.push({
          status: 'fail',
          message: `The user of the ${role} cannot ${what}: ${failure.message}`,
          evidence: failure.evidence,
          remedy: `Remove "${name}" from the ${role} by hand, and grant what is missing.`,
        })
    }
  }
  return answers
}

async function tryOne(client: ClusterClient, request: ClusterRequest) {
  try {
    const answer = await askCluster(client, { attempts: 2, timeoutMs: 60_000, ...request })
    if (member(answer, 'errors') === true)
      return { message: 'the document was refused', evidence: { answer }, remedy: null, status: 200 }
    return null
  } catch (error) {
    if (request.signal?.aborted) throw error
    const { message, evidence, remedy } = errorOf(error)
    return { message, evidence, remedy, status: Number(evidence.status ?? 0) }
  }
}

// What the Argo engine makes of what an API server answers: a played one, for what a real one does too rarely.
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { argo } from '../../../shared/workflows/argo.ts'
import { podTrouble } from '../../../shared/workflows/argo-troubles.ts'
import { workflowReader } from '../../../shared/workflows/reader.ts'

const reference = { engine: 'argo', namespace: 'ma', name: 'backfill-1', uid: 'u' } as const
const run = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff'

/** Answers each path by its beginning; null is nobody there. */
function given(answers: Record<string, object | [number, object] | null>) {
  const asked: { method: string; path: string; body: unknown; accept: string | null }[] = []
  const send = async (path: string, { method = 'GET', body, headers }: RequestInit) => {
    const accept = new Headers(headers).get('accept')
    asked.push({ method, path, body: typeof body === 'string' ? JSON.parse(body) : undefined, accept })
    const [, answer] = Object.entries(answers).find(([begin]) => `${method} ${path}`.startsWith(begin)) ?? []
    if (answer === null) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    const [status, json] = Array.isArray(answer) ? answer : [200, answer ?? { items: [] }]
    return Response.json(json, { status })
  }
  return { asked, engine: argo(send, { namespace: 'ma', apiUrl: () => 'http://api:8080', image: 'tool:1' }) }
}

const WORKFLOWS = '/apis/argoproj.io/v1alpha1/namespaces/ma/workflows'
const node = (displayName: string, type: string, phase: string, startedAt: string, more: object = {}) => ({
  id: displayName,
  displayName,
  type,
  phase,
  startedAt: `2026-01-01T00:00:${startedAt}Z`,
  ...more,
})
const nodes = {
  a: node('backfill-1', 'Steps', 'Running', '00'),
  b: node('[0]', 'StepGroup', 'Succeeded', '01'),
  c: node('plan', 'Retry', 'Succeeded', '02'),
  d: node('plan(0)', 'Pod', 'Failed', '02', { message: 'OOMKilled (exit code 137)' }),
  e: node('plan(1)', 'Pod', 'Succeeded', '05'),
  f: node('gate-evaluated', 'Suspend', 'Running', '09'),
}
const workflow = (status: object) => ({ metadata: { name: 'backfill-1', uid: 'u' }, spec: {}, status })

test('a tree has the steps that a person knows, the last try of each', async () => {
  const { engine } = given({ [`GET ${WORKFLOWS}`]: workflow({ phase: 'Running', progress: '1/2', nodes }) })

  const seen = await engine.read(reference)

  expect(seen).toMatchObject({ phase: 'Running', progress: '1/2', finishedAt: null })
  expect(seen?.nodes.map(({ name, type, phase }) => [name, type, phase])).toEqual([
    ['plan', 'Step', 'Succeeded'],
    ['gate-evaluated', 'Gate', 'Running'],
  ])
})

test('compressed nodes are read, and offloaded ones are said to be elsewhere', async () => {
  const compressedNodes = gzipSync(JSON.stringify(nodes)).toString('base64')
  const packed = given({ [`GET ${WORKFLOWS}`]: workflow({ phase: 'Running', compressedNodes }) })
  const away = given({
    [`GET ${WORKFLOWS}`]: workflow({ phase: 'Running', offloadNodeStatusVersion: 'fnv:1' }),
  })

  expect((await packed.engine.read(reference))?.nodes.map(({ name }) => name)).toEqual([
    'plan',
    'gate-evaluated',
  ])
  expect(await away.engine.read(reference)).toMatchObject({
    nodes: [],
    message: expect.stringContaining('own database'),
  })
})

test('a workflow that another made later under the same name is not ours', async () => {
  const { engine } = given({ [`GET ${WORKFLOWS}`]: { ...workflow({}), metadata: { uid: 'other' } } })

  expect(await engine.read(reference)).toBeUndefined()
})

test('a name that a stranger took is refused, and ours is read back', async () => {
  const taken = [409, { reason: 'AlreadyExists', message: 'exists' }] as [number, object]
  const labelled = (id: string) => ({ metadata: { uid: 'u', labels: { 'migration-assistant/run': id } } })
  const submission = { runId: run, session: 's', action: 'backfill', traceparent: null, gates: [] }
  const ours = given({ [`POST ${WORKFLOWS}`]: taken, [`GET ${WORKFLOWS}`]: labelled(run) })
  const theirs = given({ [`POST ${WORKFLOWS}`]: taken, [`GET ${WORKFLOWS}`]: labelled('x') })

  expect(await ours.engine.submit(submission)).toMatchObject({ engine: 'argo', uid: 'u' })
  await expect(theirs.engine.submit(submission)).rejects.toMatchObject({ kind: 'exists', retryable: false })
})

test.each([
  [403, { reason: 'Forbidden', message: 'pods "x" is forbidden: exceeded quota: q' }, 'quota'],
  [403, { reason: 'Forbidden', message: 'cannot create resource' }, 'denied'],
  [401, {}, 'denied'],
  [404, { reason: 'NotFound', message: 'the server could not find the requested resource' }, 'not_installed'],
  [404, '404 page not found', 'not_installed'],
  [409, { reason: 'Conflict' }, 'conflict'],
  [422, { reason: 'Invalid' }, 'refused'],
  [500, {}, 'unreachable'],
  [429, {}, 'unreachable'],
])('an answer of %s %j is told as %s', async (status, body, kind) => {
  const { engine } = given({ [`PATCH ${WORKFLOWS}`]: [status, body as object] })

  await expect(engine.suspend(reference)).rejects.toMatchObject({ kind })
})

test('lists ask for metadata alone, of what is not over, page after page', async () => {
  let pages = 0
  const answers = {
    get [`GET ${WORKFLOWS}?`]() {
      return {
        metadata: pages++ === 0 ? { continue: 'a/b' } : {},
        items: [{ metadata: { name: `w${pages}` } }],
      }
    },
  }
  const { engine, asked } = given(answers)

  const names: string[] = []
  for await (const page of engine.list()) names.push(...page.map(({ reference }) => reference.name))

  expect(names).toHaveLength(2)
  expect(asked[0]?.path).toContain('limit=500')
  expect(decodeURIComponent(asked[0]?.path ?? '')).toContain('workflows.argoproj.io/completed!=true')
  expect(asked[0]?.accept).toContain('PartialObjectMetadataList')
  expect(asked[1]?.path).toContain('continue=a%2Fb')
})

test('a gate is passed at exactly its own step, and one that is passed already stays so', async () => {
  const { engine, asked } = given({ [`GET ${WORKFLOWS}`]: workflow({ nodes }) })

  expect(await engine.resume(reference, { name: 'gate-switch', message: 'm' })).toBe(false)
  expect(await engine.resume(reference, { name: 'gate-evaluated', message: 'Approved by me' })).toBe(true)

  const patches = asked.filter(({ method }) => method === 'PATCH')
  expect(patches).toHaveLength(1)
  expect(patches[0]?.body).toMatchObject({
    status: { nodes: { f: { phase: 'Succeeded', message: 'Approved by me' } } },
  })
})

const pod = (status: object, component = 'worker') => ({
  metadata: {
    name: 'backfill-1-work-x7k2p',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { 'migration-assistant/run': run, 'migration-assistant/component': component },
  },
  status,
})
const ended = (terminated: object, more: object = {}) =>
  pod({ phase: 'Failed', containerStatuses: [{ name: 'main', state: { terminated } }], ...more })
const waiting = (reason: string) =>
  pod({
    phase: 'Pending',
    containerStatuses: [{ name: 'main', state: { waiting: { reason, message: 'm' } } }],
  })

test.each([
  ['killed for its memory', ended({ reason: 'OOMKilled', exitCode: 137 }), 'worker_out_of_memory'],
  ['evicted by the kubelet', ended({ exitCode: 137 }, { reason: 'Evicted' }), 'worker_evicted'],
  [
    'disrupted',
    ended({ exitCode: 143 }, { conditions: [{ type: 'DisruptionTarget', status: 'True' }] }),
    'worker_evicted',
  ],
  ['crashed', ended({ reason: 'Error', exitCode: 1 }), 'worker_crashed'],
  ['checked out', ended({ reason: 'Error', exitCode: 3 }), undefined],
  ['without its image', waiting('ImagePullBackOff'), 'image_cannot_be_pulled'],
  ['without its Secret', waiting('CreateContainerConfigError'), 'pod_cannot_start'],
  ['starting', waiting('ContainerCreating'), undefined],
])('a pod that was %s is told as %3$s', (_, found, code) => {
  expect(podTrouble(found, Date.parse('2026-01-01T00:01:00Z'))?.issue.code).toBe(code)
})

test('every pod has a moment to start before it is told', () => {
  expect(podTrouble(waiting('ErrImagePull'), Date.parse('2026-01-01T00:00:01Z'))).toBeUndefined()
})

test('a reader answers Unknown in time, with the reason and what it saw last, and asks once for many', async () => {
  const seen = {
    ...(await given({ [`GET ${WORKFLOWS}`]: workflow({ phase: 'Running', nodes }) }).engine.read(reference)),
  }
  let calls = 0
  let hangs = false
  const reader = workflowReader({
    read: async () => {
      calls++
      if (hangs) await new Promise(() => undefined)
      return seen as NonNullable<Awaited<ReturnType<ReturnType<typeof argo>['read']>>>
    },
  })

  const both = await Promise.all([reader.read(reference, 300), reader.read(reference, 300)])
  hangs = true
  await new Promise((wait) => setTimeout(wait, 1_050))
  const began = performance.now()
  const late = await reader.read(reference, 100)

  expect(both.map(({ phase }) => phase)).toEqual(['Running', 'Running'])
  expect(calls).toBe(2)
  expect(performance.now() - began).toBeLessThan(300)
  expect(late).toMatchObject({
    phase: 'Unknown',
    reason: expect.stringContaining('100 ms'),
    last: { phase: 'Running' },
  })
})

test('a reader without an engine says why', async () => {
  const reader = workflowReader('no way to Argo from here')

  expect(await reader.read(reference, 100)).toMatchObject({
    phase: 'Unknown',
    reason: 'no way to Argo from here',
  })
})

const job = (spec: object, status: object = {}) => ({
  metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
  spec,
  status,
})
test.each<[string, object, string[]]>([
  ['runs', job({}, { active: 2, failed: 3 }), ['PATCH']],
  ['was suspended', job({ suspend: true }), ['DELETE']],
  ['waits for its back-off', job({}, { failed: 5 }), ['DELETE']],
  ['is done', job({}, { failed: 1, succeeded: 1 }), ['PATCH']],
  ['goes already', { metadata: { deletionTimestamp: 'now' } }, []],
])('scaling a Job that %s asks for %j', async (_, found, methods) => {
  const { engine, asked } = given({ 'GET /apis/batch': found })

  const scaled = await engine.scale(reference, { workers: 3, suspended: false })

  expect(asked.map(({ method }) => method).filter((method) => method !== 'GET')).toEqual(methods)
  expect(scaled).toBe(methods.includes('PATCH'))
})

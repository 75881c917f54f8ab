// What `kubectl apply -k argo/` installs, checked by a real API server without being made: there is no cluster network
// and no storage class on the rig, so Deployments, Services, claims and network policies are only looked at here.
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { openRig, type Rig } from '../rigs/argo/cluster.ts'
import { hasArgo } from './rig.ts'

type Container = { securityContext?: Record<string, unknown>; resources?: object; command?: string[] }
type Template = { spec: { securityContext?: Record<string, unknown>; containers: Container[] } }
type Manifest = { kind: string; metadata: { name: string }; spec?: { template?: Template } }

const argo = hasArgo()

describe.skipIf(!argo)('the manifests', () => {
  let rig: Rig
  let built = ''
  beforeAll(async () => {
    rig = await openRig()
    built = execFileSync('kubectl', ['kustomize', 'argo'], { encoding: 'utf8' })
  })
  afterAll(() => rig?.close())

  test('every object fits its schema, and the API server would take it', () => {
    const here = built.replaceAll('namespace: migration-assistant\n', `namespace: ${rig.namespace}\n`)

    const said = rig.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], here)

    const lines = said.trim().split('\n')
    expect(lines.filter((line) => !/(created|configured|unchanged) \(server dry run\)$/.test(line))).toEqual(
      [],
    )
    for (const kind of [
      'deployment.apps',
      'job.batch',
      'service',
      'networkpolicy',
      'workflowtemplate',
      'role.rbac',
    ])
      expect(said).toContain(kind)
  })

  test('every pod runs as nobody in particular, on a root that it cannot write, with what it asks for', () => {
    const all = parseAllDocuments(built).map((document) => document.toJS() as Manifest) // kustomize wrote them
    const templates = all.flatMap(({ spec }) => spec?.template ?? [])

    expect(templates).toHaveLength(3)
    for (const { spec } of templates) {
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      for (const { securityContext, resources, command } of spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(resources).toMatchObject({
          requests: { cpu: expect.any(String) },
          limits: { memory: expect.any(String) },
        })
        expect(command?.length).toBeGreaterThan(0)
      }
    }
  })

  test('the control plane may do what it needs and nothing more', () => {
    const may = (verb: string, what: string) => {
      const account = `system:serviceaccount:${rig.namespace}:migration-assistant`
      try {
        return rig.kubectl(['auth', 'can-i', verb, what, `--as=${account}`]).trim() === 'yes'
      } catch {
        return false
      }
    }

    expect(
      ['create', 'get', 'list', 'patch', 'delete'].map((verb) => may(verb, 'workflows.argoproj.io')),
    ).toEqual(Array(5).fill(true))
    expect(may('create', 'secrets')).toBe(true)
    const refused = [
      ['get', 'secrets'],
      ['list', 'secrets'],
      ['create', 'pods'],
      ['create', 'jobs.batch'],
      ['patch', 'workflowtemplates.argoproj.io'],
      ['update', 'workflows.argoproj.io'],
      ['list', 'nodes'],
    ] as const
    expect(refused.filter(([verb, what]) => may(verb, what))).toEqual([])
  })
})

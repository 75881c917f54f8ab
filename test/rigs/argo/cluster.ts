// A namespace of its own in the cluster that KUBECONFIG names, with the engine installed as its users install it, and a
// kubeconfig of the control plane's account: what the product may not do there fails here.
import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { openKubernetes } from '../../../serve/parts/kubernetes.ts'
import { type Json, type Kube, kube, record, text } from '../../../shared/workflows/kube.ts'
import { IMAGE, writeImage } from './image.ts'

export type Rig = {
  namespace: string
  image: string
  /** The account of a cluster's administrator. */
  admin: Kube
  /** File of a kubeconfig with the control plane's own account. */
  kubeconfig: string
  kubectl(args: string[], input?: string): string
  /** Lets pods read these folders of the host at the same paths. */
  mount(...paths: string[]): Promise<void>
  close(): Promise<void>
}

/** What a skipped suite would need; null where it is there. */
export function missingForArgo(): string | null {
  if (!process.env.KUBECONFIG) return 'KUBECONFIG of a cluster with Argo Workflows'
  const found = spawnSync('kubectl', ['version', '--client'])
  return found.status === 0 ? null : 'kubectl on the PATH'
}

/** Hands the tool image to the cluster with MA_TEST_IMAGE_IMPORT, a command that takes a docker archive on its stdin. */
export function importImage(): void {
  const command = process.env.MA_TEST_IMAGE_IMPORT
  if (!command) return
  const folder = mkdtempSync(join(tmpdir(), 'ma-archive-'))
  try {
    const file = join(folder, 'image.tar')
    writeImage(file)
    execFileSync('sh', ['-c', command], { stdio: [openSync(file, 'r'), 'ignore', 'inherit'] })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function openRig(): Promise<Rig> {
  const namespace = `ma-${randomUUID().slice(0, 8)}`
  const admin = kube(openKubernetes().send)
  const folder = mkdtempSync(join(tmpdir(), 'ma-argo-'))
  const kubectl = (args: string[], input?: string) =>
    execFileSync('kubectl', ['-n', namespace, ...args], { encoding: 'utf8', input })
  await admin.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  })
  // As `kubectl apply -k` does, in a namespace of this suite's own.
  const built = kubectl(['kustomize', import.meta.dirname])
  kubectl(
    ['apply', '-f', '-'],
    built.replaceAll('namespace: migration-assistant\n', `namespace: ${namespace}\n`),
  )
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, await accountConfig(admin, namespace), { mode: 0o600 })
  const config = `/api/v1/namespaces/${namespace}/configmaps/migration-assistant-workers`
  return {
    namespace,
    image: process.env.MA_TEST_IMAGE ?? IMAGE,
    admin,
    kubeconfig,
    kubectl,
    async mount(...paths) {
      const named = paths.map((path, at) => ({ name: `host-${at}`, path }))
      const volumes = named.map(({ name, path }) => ({ name, hostPath: { path, type: 'Directory' } }))
      const mounts = named.map(({ name, path }) => ({ name, mountPath: path, readOnly: true }))
      await admin.patch(config, {
        data: {
          volumes: JSON.stringify([{ name: 'tmp', emptyDir: {} }, ...volumes]),
          'volume-mounts': JSON.stringify([{ name: 'tmp', mountPath: '/tmp' }, ...mounts]),
        },
      })
    },
    async close() {
      rmSync(folder, { recursive: true, force: true })
      await admin.delete(`/api/v1/namespaces/${namespace}`)
    },
  }
}

/** A kubeconfig of the account that the control plane's pods have. */
async function accountConfig(admin: Kube, namespace: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/migration-assistant/token`
  const answer = await admin.create(path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 7_200 },
  })
  const config = new KubeConfig()
  config.loadFromDefault()
  const cluster = config.getCurrentCluster()
  const token = text(record(answer, 'status'), 'token')
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: cluster?.server, 'certificate-authority-data': cluster?.caData } },
    ],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace } }],
    'current-context': 'c',
  })
}

export type { Json }

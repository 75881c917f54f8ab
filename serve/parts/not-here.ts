// What a Worker cannot do under the rules of every door: it says so, and never does it with weaker ones.
import type { ArtifactStore } from '../../shared/artifacts/store.ts'
import type { DoorClusters } from '../../shared/cluster/client.ts'
import type { Metrics } from '../../shared/http/context.ts'
import { Problem } from '../../shared/problems.ts'
import type { Repositories } from '../../shared/repositories/port.ts'

/** Connects nowhere: workerd can neither pin a checked address nor prove a private CA or a client certificate. */
export const noClusters: DoorClusters = {
  connect: () => noAddresses(),
  withKeys: async () => noAddresses(),
}

function noAddresses(): never {
  throw new Problem(
    'not_on_this_runtime',
    'A Worker cannot check and pin the address of a cluster; ask the API on Node or Deno',
  )
}

/** Keeps no files: the artifact store is a folder or a bucket that this runtime has no client for. */
export const noArtifacts: ArtifactStore = { write: noFiles, read: noFiles, remove: noFiles }

async function noFiles(): Promise<never> {
  throw new Problem(
    'not_on_this_runtime',
    'A Worker has no access to the artifact store; ask the API on Node or Deno',
  )
}

/** Reads no snapshots: they are in folders and buckets, behind rules that need real paths and checked addresses. */
export const noRepositories: Repositories = {
  check: noSnapshots,
  withKeys: noSnapshots,
  list: noSnapshots,
}

async function noSnapshots(): Promise<never> {
  throw new Problem(
    'not_on_this_runtime',
    'A Worker cannot look into a snapshot repository; ask the API on Node or Deno',
  )
}

/** Counts nothing: an isolate may end with each request. */
export const noMetrics: Metrics = { observe: () => undefined, render: async () => null }

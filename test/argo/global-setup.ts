// Gives the cluster the tool image of this moment, once for all suites.
import type { TestProject } from 'vitest/node'
import { importImage, missingForArgo } from '../rigs/argo/cluster.ts'

export default async function setup(project: TestProject) {
  const missing = missingForArgo()
  project.provide('argoMissing', missing ?? '')
  if (!missing) importImage()
}

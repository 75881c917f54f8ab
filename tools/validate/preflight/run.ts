// Everything that would go wrong tonight, asked by really doing and undoing it, in a minute.
import type { ClusterConnector } from '../../../shared/cluster/client.ts'
import type { Subjects } from '../subjects.ts'
import type { Work } from '../work.ts'
import { cheapChecks } from './cheap.ts'
import { checkIndexes } from './indexes.ts'
import { checkMetadata } from './metadata.ts'
import { checkRepositories, checkSourcePermissions, checkTargetPermissions } from './permissions.ts'
import { checkDisk, checkShardRoom } from './room.ts'
import { checkSnapshot } from './snapshot.ts'

export async function preflight(
  work: Work,
  connector: ClusterConnector,
  subjects: () => Promise<Subjects>,
): Promise<void> {
  await cheapChecks(work)
  await Promise.all([checkTargetPermissions(work), checkSourcePermissions(work)])
  await checkRepositories(work)
  // Where a side does not answer its connection has said so; what leans on it is then unknown, once.
  const { all, snapshot } = await subjects()
  const sources = all.flatMap(({ source, target }) => (source === null || target !== null ? [] : [source]))
  await checkIndexes(work, { all, snapshot, onlyOnTarget: [] })
  await checkDisk(work, sources)
  await checkShardRoom(work, sources)
  const held = all.filter(({ inSnapshot }) => inSnapshot).map(({ name }) => name)
  if (snapshot === null)
    work.findings.add({
      id: 'preflight.snapshot_state',
      severity: 'info',
      scope: null,
      status: 'skipped',
      message: 'No snapshot has been taken yet',
      evidence: {},
      remedy: null,
    })
  else await checkSnapshot(work, snapshot, held)
  await checkMetadata(work, connector)
}

// The part of a preflight that takes a second: asked whenever an action starts, and told with its run.
import { checkConnection } from '../../../shared/cluster/check.ts'
import type { ClusterClient } from '../../../shared/cluster/client.ts'
import { supportedPair } from '../../../shared/cluster/version-matrix.ts'
import type { ClusterVersion, ConnectionCheck } from '../../../shared/domain/cluster.ts'
import type { Work } from '../work.ts'
import { type Answer, ask } from './ask.ts'
import { checkWatermarks } from './room.ts'

/** Clocks that are further apart make signed requests fail, and times in logs hard to compare. */
const SKEW_MS = 15_000

/** Of the ends those that an action has to do with. */
export type CheapWork = Pick<Work, 'findings' | 'signal'> & {
  source: ClusterClient | null
  target: ClusterClient | null
}

/** Connections, versions, health, clocks, and the watermarks of the target. */
export async function cheapChecks(work: CheapWork): Promise<void> {
  const { source, target } = work
  const [from, to] = await Promise.all([source && checkConnection(source), target && checkConnection(target)])
  if (from !== null) await ask(work, 'preflight.source_connection', 'The source answers', () => [told(from)])
  if (to !== null) await ask(work, 'preflight.target_connection', 'The target answers', () => [told(to)])
  if (from?.version && to?.version) await checkPair(work, from.version, to.version)
  if (from?.result === 'ok') await checkClock(work, 'source')
  if (to?.result === 'ok') await checkClock(work, 'target')
  if (target !== null && to?.result === 'ok') await checkWatermarks({ ...work, target })
}

function told(check: ConnectionCheck): Answer {
  const { result, message, remedy, version, health, warnings, evidence } = check
  const facts = { ...evidence, result, version: version?.label ?? null, health, warnings }
  if (result !== 'ok') return { status: 'fail', message, evidence: facts, remedy }
  if (health === 'red')
    return {
      status: 'fail',
      message: `${message}, but it is red`,
      evidence: facts,
      remedy: 'Bring its missing shards back first.',
    }
  return warnings.length > 0
    ? { status: 'warn', message: warnings.join(' '), evidence: facts, remedy: remedy ?? null }
    : { status: 'pass', message, evidence: facts }
}

async function checkPair(work: CheapWork, source: ClusterVersion, target: ClusterVersion): Promise<void> {
  await ask(work, 'preflight.versions', `${source.label} may be moved to ${target.label}`, () => {
    const { supported, untested, reason = '' } = supportedPair(source, target)
    const evidence = { source: source.label, target: target.label }
    if (!supported)
      return [
        {
          status: 'fail',
          message: `Not supported: ${reason}`,
          evidence,
          remedy: 'Choose another target version.',
        },
      ]
    return untested ? [{ status: 'warn', message: reason, evidence, remedy: 'Try it on a copy first.' }] : []
  })
}

async function checkClock(work: CheapWork, role: 'source' | 'target'): Promise<void> {
  const client = work[role]
  if (client === null) return
  await ask(work, `preflight.${role}_clock`, `The clock of the ${role} is ours`, async () => {
    const skewMs = await skewOf(client, work.signal)
    if (skewMs === null)
      return [{ status: 'skipped', message: `The ${role} does not tell its time with its answers` }]
    if (Math.abs(skewMs) <= SKEW_MS) return []
    return [
      {
        status: 'warn',
        message: `The clock of the ${role} is ${Math.round(Math.abs(skewMs) / 1_000)} seconds ${skewMs > 0 ? 'ahead of' : 'behind'} ours`,
        evidence: { skewMs },
        remedy: 'Set both clocks by NTP: signed requests are refused where they differ much.',
      },
    ]
  })
}

async function skewOf(client: ClusterClient, signal: AbortSignal): Promise<number | null> {
  const before = Date.now()
  const { headers } = await client.send({ method: 'GET', path: '/', signal, timeoutMs: 15_000, attempts: 1 })
  const theirs = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(theirs) ? null : theirs - (before + Date.now()) / 2
}

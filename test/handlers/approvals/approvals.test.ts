// Gates of a plan: asked for by the engine, decided once by a person, and what becomes of the run.
import { expect, test } from 'vitest'
import { comeToGate } from '../../../shared/db/approvals.ts'
import { getRun } from '../../../shared/db/runs.ts'
import type { Approval } from '../../../shared/domain/approval.ts'
import { givenSession, startApp, twoClusters } from '../../harness/app.ts'

async function givenGate(gates = ['begin', 'switch']) {
  const api = await startApp()
  const repositories = { shelf: { type: 'fs', path: '/nowhere' } }
  await givenSession(api, 'orders', { ...twoClusters, repositories })
  const body = { snapshotRef: { repository: 'shelf', snapshot: 'night' }, plan: { gates } }
  const { id } = (await (await api.call('POST', '/sessions/orders/backfill/start', { body })).json()) as {
    id: string
  }
  const approval = await comeToGate(api.db, id, 'begin')
  const decide = (verb: string, more: object = {}) =>
    api.call('POST', `/approvals/${approval?.id}/${verb}`, { body: {}, ...more })
  const list = async (query = '', token?: string) => {
    const answer = await api.call('GET', `/sessions/orders/approvals${query}`, token ? { token } : {})
    return (await answer.json()) as { items: Approval[]; next: string | null }
  }
  return { ...api, id, approval, decide, list }
}

test('a gate that the plan has is asked for once; one that it has not is no gate', async () => {
  const { db, id, approval, list } = await givenGate()

  expect(await comeToGate(db, id, 'begin')).toEqual(approval)
  expect(await comeToGate(db, id, 'evaluated')).toBeNull()
  expect(await list()).toMatchObject({ items: [{ runId: id, gate: 'begin', state: 'waiting' }], next: null })
  const events = await db.query(`select data from event where type = 'run.approval'`)
  expect(events.rows).toMatchObject([{ data: { gate: 'begin', state: 'waiting' } }])
})

test('an approval keeps who, when and why, and the same answer again finds it made', async () => {
  const { db, id, decide, list } = await givenGate()

  const answer = await decide('approve', { body: { comment: 'go' } })
  const again = await decide('approve')

  expect(answer.status).toBe(200)
  const approved = (await answer.json()) as Approval
  expect(approved).toMatchObject({ state: 'approved', decidedBy: 'test admin', comment: 'go' })
  expect(Date.parse(approved.decidedAt ?? '')).toBeGreaterThan(0)
  expect(await again.json()).toEqual(approved)
  expect((await list('?state=waiting')).items).toEqual([])
  expect((await getRun(db, id)).state).toBe('Pending')
})

test('a rejection stops the run with its reason, and cannot be taken back', async () => {
  const { db, id, decide } = await givenGate()

  const rejected = await decide('reject', { body: { comment: 'not tonight' } })
  const late = await decide('approve')

  expect(rejected.status).toBe(200)
  expect(await getRun(db, id)).toMatchObject({
    state: 'Stopped',
    reason: 'Rejected at the gate "begin": not tonight',
  })
  expect([late.status, await late.json()]).toMatchObject([409, { code: 'approval_decided' }])
})

test('a viewer may look and not decide; a token of another session finds nothing', async () => {
  const { token, decide, list } = await givenGate()
  const viewer = await token('viewer')
  const stranger = await token('operator', ['other'])

  expect((await list('', viewer)).items).toHaveLength(1)
  expect((await decide('approve', { token: viewer })).status).toBe(403)
  const refused = await decide('approve', { token: stranger })
  expect([refused.status, await refused.json()]).toMatchObject([404, { code: 'approval_not_found' }])
})

test('approvals come newest first, page after page', async () => {
  const { db, id, list } = await givenGate()
  await comeToGate(db, id, 'switch')

  const first = await list('?limit=1')
  const second = await list(`?limit=1&cursor=${first.next}`)

  expect([first.items[0]?.gate, second.items[0]?.gate, second.next]).toEqual(['switch', 'begin', null])
})

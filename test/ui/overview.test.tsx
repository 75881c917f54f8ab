import { screen } from '@solidjs/testing-library'
import { expect, test } from 'vitest'
import OverviewPage from '../../ui/pages/overview.tsx'
import { aBackfill } from './backfill-stage.ts'
import { aRun, aSession, aStatus, get, onStage, openPage, server, signedIn } from './stage.tsx'

onStage()

/** A session in which nothing has run but a validation, where there is one. */
async function openOverview(validation: ReturnType<typeof aStatus>): Promise<void> {
  await signedIn('viewer')
  const of = (path: string) => `/sessions/orders${path}`
  const cluster = { cluster: null, check: null }
  server.use(
    get(of(''), aSession()),
    get(of('/config'), {}, { etag: '"0"' }),
    get(of('/config/versions'), { items: [], next: null }),
    get(of('/clusters/source'), cluster),
    get(of('/clusters/target'), cluster),
    get(of('/metadata/latest_status'), aStatus(null)),
    get(of('/snapshot/status'), { ...aStatus(null), eta: null, indexes: [] }),
    get(of('/backfill/status'), {
      ...aBackfill({ phase: 'NotStarted' }),
      run: null,
      indexes: [],
      issues: [],
    }),
    get(of('/validate/latest_status'), validation),
    get(of('/events'), { items: [], next: null }),
  )
  openPage('/sessions/orders', '/sessions/:session', OverviewPage)
}

test('what a validation found is said beside the issues, with the way there', async () => {
  const run = aRun({ action: 'validate', state: 'CompletedWithErrors' })

  await openOverview(aStatus(run, { items: { ok: 3, skipped: 0, warning: 0, failed: 2 } }))

  const link = await screen.findByRole('link', { name: '2 checks' })
  expect(link.getAttribute('href')).toContain('/sessions/orders/validate')
  expect(screen.queryByText(/Nothing has run yet/)).toBeNull()
})

test('where nothing has run, nothing is said to be well', async () => {
  await openOverview(aStatus(null))

  expect(await screen.findByText('Nothing has run yet, so nothing was found.')).toBeDefined()
  expect(screen.queryByText(/did not pass/)).toBeNull()
})

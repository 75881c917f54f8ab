import { fireEvent, screen, waitFor } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import ValidatePage from '../../ui/pages/validate/validate.tsx'
import { aRun, aStatus, at, get, onStage, openPage, RUN, server, signedIn } from './stage.tsx'

onStage()

const open = (query = '') =>
  openPage(`/sessions/orders/validate${query}`, '/sessions/:session/validate', ValidatePage)
const status = '/sessions/orders/validate/latest_status'

function checks(...all: object[]) {
  const items = all.map((check, n) => ({
    kind: 'check',
    name: `check ${n}`,
    outcome: 'ok',
    updatedAt: '2026-01-01T00:00:00.000Z',
    detail: {
      action: 'unchanged',
      message: null,
      rules: [],
      changes: [],
      drift: [],
      targetError: null,
      remedy: null,
      attempts: 1,
      check: {
        id: 'some.check',
        severity: 'info',
        scope: null,
        status: 'pass',
        message: '',
        evidence: {},
        remedy: null,
        ...check,
      },
    },
  }))
  return get(`/runs/${RUN}/items`, { items, next: null })
}

const ended = aRun({ action: 'validate', state: 'CompletedWithErrors', params: { checks: ['documents'] } })

test('the chosen checks are started once, with what was chosen', async () => {
  await signedIn()
  const bodies: unknown[] = []
  server.use(
    get(status, aStatus(null)),
    http.post(at('/sessions/orders/validate/start'), async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json(aRun({ action: 'validate' }), { status: 202 })
    }),
  )
  open()

  fireEvent.click(await screen.findByLabelText(/^Counts/))
  fireEvent.click(screen.getByRole('button', { name: 'Validate' }))

  await waitFor(() => expect(bodies).toEqual([{ checks: ['preflight', 'counts'] }]))
})

test('findings come first, each with its remedy, and a document that differs as a diff', async () => {
  await signedIn('viewer')
  server.use(
    get(status, aStatus(ended)),
    checks(
      { message: 'All well', id: 'a.pass' },
      { status: 'warn', severity: 'warning', message: 'Look here', id: 'b.warn' },
      {
        status: 'fail',
        severity: 'error',
        id: 'documents.content',
        scope: 'index:orders',
        message: 'The documents of "orders" are not all the same',
        remedy: 'Backfill them again.',
        evidence: {
          differences: [
            {
              index: 'orders',
              kind: 'different',
              id: '17',
              routing: null,
              paths: [{ path: 'price', source: '1.0', target: '1' }],
            },
          ],
        },
      },
    ),
  )
  open()

  expect(await screen.findByText('The documents of "orders" are not all the same')).toBeDefined()
  expect(screen.getByText('Backfill them again.')).toBeDefined()
  expect(screen.getByText('price: 1.0')).toBeDefined()
  expect(screen.getByText('price: 1')).toBeDefined()
  expect(screen.queryByText('All well')).toBeNull()
  expect(screen.queryByRole('button', { name: 'Validate again' })).toBeNull()
  const order = screen.getAllByRole('listitem').map(({ textContent }) => textContent ?? '')
  expect(order.findIndex((text) => text.includes('orders'))).toBeLessThan(
    order.findIndex((text) => text.includes('Look here')),
  )
})

test('counts that are not known are unknown, never zero, and the proof can be taken away', async () => {
  await signedIn()
  const artifact = { mediaType: 'text/html', size: 1, sha256: 'a', createdAt: '2026-01-01T00:00:00.000Z' }
  const artifacts = [
    { ...artifact, name: 'certificate.html', href: `/runs/${RUN}/artifacts/certificate.html` },
  ]
  server.use(
    get(status, { ...aStatus(ended), artifacts }),
    checks({
      id: 'counts.documents',
      scope: 'index:orders',
      message: 'The target holds the 7 documents of "orders"',
      evidence: { snapshot: null, source: null, expected: 7, target: 7, reasons: [] },
    }),
  )
  open()

  expect(await screen.findByRole('cell', { name: 'orders' })).toBeDefined()
  expect(screen.getAllByRole('cell', { name: 'unknown' })).toHaveLength(2)
  expect(screen.getByRole('link', { name: 'Certificate to print' }).getAttribute('href')).toBe(
    `/runs/${RUN}/artifacts/certificate.html`,
  )
})

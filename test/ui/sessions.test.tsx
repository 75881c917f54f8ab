import { fireEvent, screen, waitFor, within } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import { SessionsPage } from '../../ui/pages/sessions.tsx'
import { aSession, at, get, onStage, openPage, problem, server, signedIn } from './stage.tsx'

onStage()

const open = (query = '') => openPage(`/${query}`, '/', SessionsPage)
const list = (...items: object[]) => get('/sessions', { items, next: null })

test('each session says where it goes from and to, how far it is, and what is wrong', async () => {
  await signedIn()
  const running = aSession({
    actions: { metadata: { status: 'Running', percent: 99.9 } } as never, // the other actions have not begun
    source: { endpoint: 'https://old:9200', version: 'ES 7.10.2' },
    openIssues: 3,
  })
  server.use(list(running))

  open()

  const row = (await screen.findByRole('link', { name: 'orders' })).closest('li')
  expect(row?.textContent).toContain('ES 7.10.2')
  expect(row?.textContent).toContain('no target yet')
  expect(row?.textContent).toContain('Running')
  expect(row?.textContent).toContain('99 %')
  expect(row?.textContent).toContain('3 open issues')
})

test('a name that is taken is said at the field, and nothing is lost', async () => {
  await signedIn()
  server.use(
    list(),
    http.post(at('/sessions'), () => problem(409, 'session_exists', 'A session is named "orders" already')),
  )
  open()
  fireEvent.click(await screen.findByRole('button', { name: 'New session' }))
  const name = screen.getByLabelText('Name')
  fireEvent.input(name, { target: { value: 'orders' } })

  fireEvent.click(screen.getByRole('button', { name: 'Create' }))

  await waitFor(() => expect(name.getAttribute('aria-invalid')).toBe('true'))
  expect(screen.getByText('A session is named "orders" already')).toBeDefined()
  expect(name).toHaveProperty('value', 'orders')
})

test('a new session is sent with a key that makes it safe to send again, and opens', async () => {
  await signedIn()
  const keys: (string | null)[] = []
  server.use(
    list(),
    http.post(at('/sessions'), ({ request }) => {
      keys.push(request.headers.get('idempotency-key'))
      return HttpResponse.json(aSession(), { status: 201 })
    }),
  )
  const history = open()
  fireEvent.click(await screen.findByRole('button', { name: 'New session' }))
  fireEvent.input(screen.getByLabelText('Name'), { target: { value: 'orders' } })
  fireEvent.click(screen.getByRole('button', { name: 'Create' }))

  await waitFor(() => expect(history.get()).toBe('/sessions/orders/configure'))
  expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)])
})

test('a session is deleted only after its name was typed', async () => {
  await signedIn()
  let deleted = 0
  server.use(
    list(aSession({ archivedAt: '2026-01-02T00:00:00.000Z' })),
    http.delete(at('/sessions/orders'), () => {
      deleted++
      return new HttpResponse(null, { status: 204 })
    }),
  )
  open('?archived=true')
  fireEvent.click(await screen.findByRole('button', { name: 'Delete orders' }))
  const dialog = await screen.findByRole('dialog', { name: 'Delete orders' })
  const button = within(dialog).getByRole('button', { name: 'Delete session' })

  expect(dialog.textContent).toContain('Both clusters and everything in them')
  expect(button).toHaveProperty('disabled', true)
  fireEvent.input(within(dialog).getByLabelText('Type orders to confirm'), { target: { value: 'order' } })
  expect(button).toHaveProperty('disabled', true)
  fireEvent.input(within(dialog).getByLabelText('Type orders to confirm'), { target: { value: 'orders' } })
  fireEvent.click(button)

  await waitFor(() => expect(deleted).toBe(1))
})

test('an API that does not answer is said to be unreachable, and can be asked again', async () => {
  await signedIn()
  server.use(http.get(at('/sessions'), () => HttpResponse.error()))
  open()

  expect((await screen.findByRole('alert')).textContent).toContain('The API did not answer')
  server.use(list(aSession()))
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))

  expect(await screen.findByRole('link', { name: 'orders' })).toBeDefined()
})

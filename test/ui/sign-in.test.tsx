import { query } from '@solidjs/router'
import { fireEvent, render, screen, waitFor, within } from '@solidjs/testing-library'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import { enter, signOut } from '../../ui/access/access.ts'
import { App } from '../../ui/app.tsx'
import { aSession, at, get, onStage, problem, server } from './stage.tsx'

onStage()

const me = get('/auth/me', { name: 'tess', role: 'admin', sessions: '*', via: 'cookie' })
const nobody = http.get(at('/auth/me'), () => problem(401, 'not_authenticated', 'Sign in'))
const list = get('/sessions', { items: [aSession()], next: null })

test('the start link signs in, and its code leaves the address', async () => {
  const sent: unknown[] = []
  server.use(
    me,
    list,
    http.post(at('/auth/login'), async ({ request }) => {
      sent.push(await request.json(), location.hash)
      return HttpResponse.json({ status: 'signed_in' })
    }),
  )
  history.replaceState(null, '', '/ui/#code=once-only')

  void enter()
  render(() => <App />)

  expect(await screen.findByRole('link', { name: 'orders' })).toBeDefined()
  expect(sent).toEqual([{ code: 'once-only' }, ''])
  expect(location.href).toBe('http://migration.test/ui/')
})

test('a sign-in that ended is asked for over the page, and the page stays and is read again', async () => {
  server.use(me, list)
  await enter()
  render(() => <App />)
  await screen.findByRole('link', { name: 'orders' })
  const search = screen.getByLabelText('Search sessions by name')
  server.use(http.get(at('/sessions'), () => problem(401, 'not_authenticated', 'The token is revoked')))
  fireEvent.input(search, { target: { value: 'ord' } })

  const dialog = await screen.findByRole('dialog', { name: 'Sign in again' })
  expect(search.isConnected).toBe(true)
  server.use(
    http.post(at('/auth/login'), () => HttpResponse.json({ status: 'signed_in' })),
    get('/sessions', { items: [aSession({ name: 'orders-2' })], next: null }),
  )
  fireEvent.input(within(dialog).getByLabelText('Token'), { target: { value: 'ma_token' } })
  fireEvent.click(within(dialog).getByRole('button', { name: 'Sign in' }))

  expect(await screen.findByRole('link', { name: 'orders-2' })).toBeDefined()
  expect(screen.queryByRole('dialog')).toBeNull()
})

test('a refused token says why, and signing out asks for one', async () => {
  query.clear()
  history.replaceState(null, '', '/ui/')
  server.use(
    me,
    list,
    http.post(at('/auth/logout'), () => new HttpResponse(null, { status: 204 })),
  )
  await enter()
  await signOut()
  server.use(
    nobody,
    http.post(at('/auth/login'), () => problem(401, 'sign_in_failed', 'The token is expired')),
  )
  render(() => <App />)
  fireEvent.input(screen.getByLabelText('Token'), { target: { value: 'ma_old' } })

  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))

  await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('The token is expired'))
  expect(screen.getByRole('alert').textContent).toContain('req-7')
})

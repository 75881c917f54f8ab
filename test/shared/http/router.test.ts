import { expect, test } from 'vitest'
import { selectRoutes } from '../../../handlers/index.ts'
import { ApiRouter } from '../../../shared/http/router.ts'

const routes = selectRoutes().flatMap((handler) => handler.routes)

/** Every route of the API under its own name, behind what stands before all of them. */
function apiRouter(): ApiRouter<string> {
  const router = new ApiRouter<string>()
  router.add('ALL', '/*', 'before all')
  for (const { method, path } of routes) router.add(method, path, `${method} ${path}`)
  return router
}

test.each([...new Set(routes.map(({ method, path }) => `${method} ${path}`))])('%s is met', (route) => {
  const [method = '', path = ''] = route.split(' ')

  const [handlers] = apiRouter().match(method, path.replace(/:\w+/g, 'x1'))

  const met = [...new Set(handlers.map(([handler]) => handler))]
  expect(met).toEqual(['before all', route])
})

test('a lease is no item that is called lease', () => {
  const [handlers] = apiRouter().match('POST', '/runs/r/work-items/lease')

  expect(handlers.map(([handler]) => handler)).toContain('POST /runs/:run/work-items/lease')
})

test('what is asked for most goes through the quick router', () => {
  const router = apiRouter()

  router.match('GET', '/sessions/orders')

  expect(router.rest.activeRouter.name).toBe('RegExpRouter')
})

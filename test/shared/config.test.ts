import { expect, test } from 'vitest'
import { parseConfig, secretKeys } from '../../shared/config.ts'

const key = Buffer.alloc(32, 1).toString('base64')

test('an empty environment has the documented defaults, and an empty variable is an absent one', () => {
  const defaults = {
    MA_HOST: '127.0.0.1',
    MA_PORT: 8080,
    MA_BASE_PATH: '',
    MA_DATA_DIR: '.data',
    MA_ENGINE: 'local',
    MA_HANDLERS: ['*'],
    MA_CLOUD_ALLOW: [],
  }

  expect(parseConfig({})).toMatchObject(defaults)
  expect(parseConfig({ MA_PORT: '', DATABASE_URL: '' })).toMatchObject(defaults)
})

test('every bad variable is named at once, and no value is repeated', () => {
  const bad = {
    MA_PORT: '65536',
    MA_BASE_PATH: 'no-slash',
    DATABASE_URL: 'mysql://u:hunter2@there',
    MA_SECRET_KEY: 'hunter2',
    MA_ADMIN_TOKEN: 'hunter2',
    MA_ENGINE: 'magic',
    MA_METRICS: 'maybe',
  }

  let message = ''
  try {
    parseConfig(bad)
  } catch (error) {
    message = String(error)
  }

  for (const name of Object.keys(bad)) expect(message).toContain(name)
  expect(message).not.toContain('hunter2')
})

test('a way to Kubernetes is an address over TLS and a token, or neither', () => {
  const way = { MA_KUBERNETES_URL: 'https://kubernetes.example', MA_KUBERNETES_TOKEN: 'hunter2' }
  const refusal = (env: Record<string, string>) => () => parseConfig(env)

  expect(parseConfig(way)).toMatchObject(way)
  for (const [name, value] of Object.entries(way))
    expect(refusal({ [name]: value })).toThrow('MA_KUBERNETES_URL and MA_KUBERNETES_TOKEN: expected both')
  expect(refusal({ ...way, MA_KUBERNETES_URL: 'http://kubernetes.example' })).toThrow('MA_KUBERNETES_URL')
})

test('several keys are read in their order', () => {
  const other = Buffer.alloc(32, 2).toString('base64')

  expect(
    secretKeys(parseConfig({ MA_SECRET_KEY: `${key}, ${other}` }).MA_SECRET_KEY ?? '').map(
      ([first]) => first,
    ),
  ).toEqual([1, 2])
})

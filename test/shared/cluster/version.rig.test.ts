import { describe, expect, onTestFinished, test } from 'vitest'
import { detectVersion } from '../../../shared/cluster/version.ts'
import { missingFor, startEngine } from '../../rigs/engine.ts'
import { needs } from '../../rigs/engines.ts'
import { connectTo } from './connection.ts'

const rigs = await needs('es6', 'es7', 'os2')

describe.skipIf(!rigs.available)('the version of a real cluster', () => {
  const { es6, es7, os2 } = rigs

  test.each([
    [es6, 'elasticsearch', 'ES 6.8.23'],
    [es7, 'elasticsearch', 'ES 7.10.2'],
    [os2, 'opensearch', 'OS 2.19.4'],
  ])('of $name is detected', async (rig, flavour, label) => {
    const client = connectTo(rig)

    const version = await detectVersion(client)

    expect(version).toMatchObject({ flavour, label, compatibilityMode: false })
    await client.close()
  })
})

const missing = await missingFor('os2')

// An engine of its own, because the switch would fool every other suite that runs beside this one.
describe.skipIf(missing)('a cluster that pretends to be 7.10.2', () => {
  test('is judged by its nodes', async () => {
    const engine = await startEngine('os2')
    onTestFinished(engine.stop)
    const client = connectTo(engine)
    const body = JSON.stringify({ persistent: { 'compatibility.override_main_response_version': true } })
    expect((await client.send({ method: 'PUT', path: '/_cluster/settings', body })).status).toBe(200)

    const front = await client.send({ method: 'GET', path: '/' })
    const version = await detectVersion(client)

    expect(front.json()).toMatchObject({ version: { number: '7.10.2' } })
    expect(version).toMatchObject({ flavour: 'opensearch', label: 'OS 2.19.4', compatibilityMode: true })
    await client.close()
  })
})

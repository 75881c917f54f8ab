import { expect, test } from 'vitest'
import { tokenHash } from '../../../shared/http/token-hash.ts'
import { sha256 } from '../../../shared/seal.ts'

test('a token has its own hash, the first time and from then on', async () => {
  const tokens = Array.from({ length: 1_200 }, (_, at) => `token-${at}`)

  const first = await Promise.all(tokens.map(tokenHash))
  const again = await Promise.all(tokens.map(tokenHash))

  const expected = await Promise.all(tokens.map((token) => sha256(token)))
  expect(first).toEqual(expected)
  expect(again).toEqual(expected)
})

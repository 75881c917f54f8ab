// What a dry run of metadata says, as answers of a preflight.
import { expect, test } from 'vitest'
import type { ItemReport } from '../../../shared/domain/report.ts'
import { answersAbout } from '../../../tools/validate/preflight/metadata.ts'

const aChange = (path: string, before: unknown) => ({ change: 'removed', path, before })

function item(name: string, { outcome = 'ok', ...detail }: Record<string, unknown> = {}): ItemReport {
  const nothing = { action: 'create', message: null, rules: [], changes: [], drift: [] }
  const full = { ...nothing, targetError: null, remedy: null, attempts: 1, ...detail }
  return { kind: 'index', name, outcome, detail: full } as unknown as ItemReport
}

test('a thousand indexes that would lose the same settings are one line, which names each; another way is another line', () => {
  const plain = Array.from({ length: 1_000 }, (_, n) =>
    item(`logs-${n}`, { rules: ['private-settings'], changes: [aChange('index.uuid', `uuid ${n}`)] }),
  )
  const odd = item('odd', {
    changes: [aChange('index.uuid', 'u'), aChange('index.soft_deletes.enabled', 'false')],
  })

  const answers = answersAbout([...plain, odd, item('as it is')])

  expect(answers.map(({ scope, status, message }) => [scope, status, message])).toEqual([
    [
      'index:logs-0',
      'warn',
      'The index "logs-0" and 999 more would be changed on the way, all alike: index.uuid',
    ],
    [
      'index:odd',
      'warn',
      'The index "odd" would be changed on the way: index.uuid, index.soft_deletes.enabled',
    ],
  ])
  expect(answers[0]?.evidence).toMatchObject({
    count: 1_000,
    names: plain.map(({ name }) => name),
    rules: ['private-settings'],
    changes: [{ path: 'index.uuid', before: 'uuid 0' }],
  })
  expect(answers[1]?.evidence).not.toHaveProperty('names')
})

test('what would be refused, and what differs on the target, stays a line of its own', () => {
  const answers = answersAbout([
    item('refused', {
      outcome: 'failed',
      message: 'no such analyzer',
      remedy: 'Add it.',
      changes: [aChange('a', 1)],
    }),
    item('there', { action: 'differs', message: 'it has other mappings', changes: [aChange('a', 1)] }),
  ])

  expect(answers).toMatchObject([
    {
      status: 'fail',
      scope: 'index:refused',
      message: 'The index "refused": no such analyzer',
      remedy: 'Add it.',
    },
    { status: 'warn', scope: 'index:there' },
  ])
})

import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { diffLines, foldSame } from '../../../ui/words/diff.ts'
import { withoutRepeats } from '../../../ui/words/events.ts'
import { toCsv } from '../../../ui/words/export.ts'
import { formatBytes, formatCount, formatDuration, formatPercent } from '../../../ui/words/format.ts'
import { changesBetween, merge } from '../../../ui/words/merge.ts'
import { type Facts, nextStep, stepsOf } from '../../../ui/words/next-step.ts'
import { getAt, setAt } from '../../../ui/words/pointer.ts'
import { toYaml } from '../../../ui/words/yaml.ts'

test('a difference is told with what stays in place', () => {
  const lines = diffLines('a\nb\nc\nd', 'a\nx\nc\nd\ne')

  expect(lines.map(({ kind, text }) => `${kind[0]}${text}`)).toEqual(['sa', 'rb', 'ax', 'sc', 'sd', 'ae'])
  expect(lines.at(-1)).toMatchObject({ after: 5 })
})

test('two long texts that share nothing are compared without hanging', () => {
  const text = (letter: string) => Array.from({ length: 5_000 }, (_, at) => `${letter}${at}`).join('\n')

  expect(diffLines(text('a'), text('b'))).toHaveLength(10_000)
})

test('long equal stretches are folded, the lines around a change are not', () => {
  const same = Array.from({ length: 20 }, (_, at) => `line ${at}`).join('\n')
  const folded = foldSame(diffLines(`${same}\nold`, `${same}\nnew`))

  expect(folded.map(({ kind }) => kind)).toEqual(['fold', 'same', 'same', 'same', 'removed', 'added'])
})

test('changes of two people to different fields are both kept, and a clash is decided by choice', () => {
  const base = { source: { endpoint: 'a' }, n: 1 }
  const mine = { source: { endpoint: 'mine' }, n: 1, extra: true }
  const theirs = { source: { endpoint: 'theirs' }, n: 2 }
  const changes = changesBetween(base, mine, theirs)

  expect(changes.map(({ path, by }) => [path, by])).toEqual([
    ['/extra', 'me'],
    ['/n', 'them'],
    ['/source/endpoint', 'both'],
  ])
  expect(merge(theirs, changes, {})).toEqual({ source: { endpoint: 'mine' }, n: 2, extra: true })
  expect(merge(theirs, changes, { '/source/endpoint': 'theirs' })).toEqual({
    source: { endpoint: 'theirs' },
    n: 2,
    extra: true,
  })
})

test('a removal of mine survives a change of theirs elsewhere', () => {
  const base = { a: { x: 1, y: 2 } }

  expect(
    merge({ a: { x: 1, y: 3 } }, changesBetween(base, { a: { y: 2 } }, { a: { x: 1, y: 3 } }), {}),
  ).toEqual({ a: { y: 3 } })
})

test('a removed value takes the empty objects above it along, and no other document is touched', () => {
  const document = { a: { b: { c: 1 } }, d: 1 }

  expect(setAt(document, '/a/b/c', undefined)).toEqual({ d: 1 })
  expect(document.a.b.c).toBe(1)
  expect(getAt({ 'x/y': { '~': 1 } }, '/x~1y/~0')).toBe(1)
})

test('a document written as YAML is read back as it was', () => {
  const document = {
    source: { endpoint: 'https://a:9200', auth: { type: 'none' }, version: 'ES 7.10' },
    list: ['logs-*', 'regex:^a', 'no', '1', '', '- x', 'a: b', '# c', 'ü\nb'],
    nested: [{ a: 1, b: [] }, [1, [2]], {}],
    yes: true,
    'key: odd': null,
    number: 1.5,
  }

  expect(parse(toYaml(document))).toEqual(document)
  expect(parse(toYaml({}))).toEqual({})
})

test('a cell that a spreadsheet would run is made text', () => {
  expect(toCsv(['name'], [['=cmd()'], ['a,"b"'], [-1]])).toBe('name\r\n\'=cmd()\r\n"a,""b"""\r\n-1\r\n')
})

test.each([
  [formatPercent(99.999), '99 %'],
  [formatPercent(null), 'unknown'],
  [formatCount(undefined), 'unknown'],
  [formatCount(0), '0'],
  [formatBytes(0), '0 B'],
  [formatBytes(1_536), '1.5 KB'],
  [formatDuration(3_725_000), '1 h 2 min'],
])('%s is said as %s', (said, expected) => {
  expect(said).toBe(expected)
})

const view = (result: string | null, checkIsCurrent = true) =>
  ({
    role: 'source',
    cluster: null,
    check: result && { result, remedy: 'Mend it', message: '' },
    checkIsCurrent,
  }) as unknown as Facts['source'] // what the rule reads of it
const ready: Facts = {
  version: 1,
  valid: true,
  errors: 0,
  hasSource: true,
  hasTarget: true,
  hasRepository: false,
  source: view('ok'),
  target: view('ok'),
  metadata: undefined,
}
const ended = (dryRun: boolean, failed = 0, status = 'Completed') =>
  ({
    status,
    run: { params: { dryRun } },
    items: { ok: 1, skipped: 0, warning: 0, failed },
    progress: null,
  }) as unknown as Facts['metadata'] // what the rule reads of it

test.each<[string, Partial<Facts>, string]>([
  ['nothing saved', { version: 0, hasSource: false }, 'Name both clusters'],
  ['no source and no repository', { hasSource: false }, 'Name both clusters'],
  [
    'a target and a repository that answers for the source',
    {
      hasSource: false,
      hasRepository: true,
      source: view(null),
      metadata: { ...ended(true), run: null } as Facts['metadata'],
    },
    'Evaluate the metadata of a snapshot',
  ],
  ['a draft with errors', { valid: false, errors: 2 }, 'Mend the draft'],
  ['a failed connection', { source: view('401') }, 'Mend the connection to the source'],
  ['a test that is older than the config', { source: view('ok', false) }, 'Test both connections'],
  [
    'nothing evaluated',
    { metadata: { ...ended(true), run: null } as Facts['metadata'] },
    'Evaluate the metadata',
  ],
  ['a finished evaluation', { metadata: ended(true) }, 'Review and migrate the metadata'],
  ['failed items', { metadata: ended(false, 3) }, 'Look at what failed'],
  ['an open run', { metadata: ended(false, 0, 'Running') }, 'The migration of metadata is running'],
  ['a finished migration', { metadata: ended(false) }, 'The metadata has arrived'],
])('after %s, the next step is told', (_, change, title) => {
  expect(nextStep({ ...ready, ...change }).title).toBe(title)
})

test('a step of which nothing is known is unknown, not done', () => {
  const steps = stepsOf({ ...ready, valid: undefined, source: undefined })

  expect(steps.map(({ look }) => look.word)).toEqual(Array(6).fill('Unknown'))
})

test('of a run in progress only the latest percent is told', () => {
  const event = (id: number, type: string) => ({
    id,
    type,
    runId: 'r',
    data: {},
    actor: null,
    requestId: null,
    at: '',
  })
  const told = withoutRepeats([
    event(5, 'run.progress'),
    event(4, 'run.log'),
    event(3, 'run.progress'),
    event(2, 'run.state'),
  ])

  expect(told.map(({ id }) => id)).toEqual([5, 2])
})

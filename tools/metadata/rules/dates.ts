// Date formats. Before Elasticsearch 7 they were Joda's; the target reads the same letters as java.time's.
import type { Editor } from '../draft.ts'
import { elasticsearchBelow, isOpenSearch } from '../gates.ts'
import { eachField, part } from '../parts.ts'
import type { Rule } from './rule.ts'

/** Letters that mean something else: Joda's year of era, week year, century, zone with colon. */
const letters: [joda: RegExp, java: (run: string) => string][] = [
  [/^Y+$/, (run) => 'y'.repeat(run.length)],
  [/^x+$/, (run) => 'Y'.repeat(run.length)],
  [/^ZZ$/, () => 'XXX'],
  [/^ZZZ+$/, () => 'VV'],
]

export const jodaDateFormats: Rule = {
  id: 'joda-date-formats',
  title: 'Date formats are written in the letters of java.time',
  applies: ({ source, target }) => elasticsearchBelow(source, 7) && isOpenSearch(target),
  apply(draft, pen) {
    const mappings = part(draft, 'mappings')
    if (mappings === null) return
    eachField(mappings.body, mappings.path, ({ body, path }) => {
      if (typeof body.format !== 'string') return
      const next = javaFormat(body.format)
      if (next !== body.format) change(pen, body, next, `${path}.format`)
    })
    const { dynamic_date_formats: formats } = mappings.body
    if (!Array.isArray(formats)) return
    const next = formats.map((format) => (typeof format === 'string' ? javaFormat(format) : format))
    if (next.some((format, at) => format !== formats[at]))
      pen.set(mappings.body, 'dynamic_date_formats', next, `${mappings.path}.dynamic_date_formats`, reason)
  },
}

const reason = 'The same dates in the letters of java.time'

function change(pen: Editor, body: Parameters<Editor['set']>[0], next: string, path: string): void {
  pen.set(body, 'format', next, path, reason)
}

/** Each alternative of `a||b`: a named format in snake case, or a pattern in java.time's letters. */
export function javaFormat(format: string): string {
  return format.split('||').map(alternative).join('||')
}

function alternative(format: string): string {
  if (/^(basic|date|epoch|hour|ordinal|strict|time|tTime|week|year)[A-Za-z]*$/.test(format))
    return format.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  if (format.startsWith('8') || /^[a-z]+(_[a-z]+)+$/.test(format)) return format
  return format
    .split(/('(?:[^']|'')*')/)
    .map((piece) => (piece.startsWith("'") ? piece : piece.replace(/([A-Za-z])\1*/g, javaRun)))
    .join('')
}

function javaRun(run: string): string {
  return letters.find(([joda]) => joda.test(run))?.[1](run) ?? run
}

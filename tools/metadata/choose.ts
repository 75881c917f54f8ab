// Which of the source's objects are meant, and why the others are not.
import type { ItemReference, MetadataParams } from '../../shared/domain/metadata.ts'
import type { Report } from '../../shared/domain/report.ts'
import { type Selection, selector, unmatched } from '../../shared/domain/selection.ts'
import type { Book } from './book.ts'
import type { BodyKind, Draft } from './draft.ts'
import { ToolFailure } from './failure.ts'

const reasons = {
  'built-in': 'It belongs to a product or to the cluster itself',
  'not-included': 'No pattern of the selection includes it',
  excluded: 'The selection excludes it',
}

export type Group = {
  /** The name of the parameter. */
  selection: string
  chosen: Selection | undefined
  kind: 'index' | 'template'
  names: { kind: BodyKind; name: string }[]
}

export type Unmatched = { selection: string; pattern: string }

/** Patterns that match nothing, over all groups: an error unless the user allowed it. */
export function checkPatterns(
  groups: Group[],
  { allowEmpty }: Pick<MetadataParams, 'allowEmpty'>,
  report: Report,
) {
  const found = groups.flatMap(({ selection, chosen, names }) =>
    unmatched(
      names.map(({ name }) => name),
      chosen,
    ).map((pattern): Unmatched => ({ selection, pattern })),
  )
  const emptied = groups.filter(
    ({ chosen, kind, names }) =>
      (chosen?.include?.length ?? 0) > 0 && !names.some(({ name }) => selector(chosen, kind)(name).chosen),
  )
  if (found.length === 0 && emptied.length === 0) return found
  const what =
    found.length > 0
      ? found.map(({ selection, pattern }) => `${selection}: ${pattern}`)
      : emptied.map(({ selection }) => selection)
  const message = `Nothing on the source matches ${what.slice(0, 20).join(', ')}`
  if (!allowEmpty)
    throw new ToolFailure('selection_matches_nothing', message, {
      remedy: 'Correct the selection, or set allowEmpty where this is meant',
      evidence: { unmatched: found.slice(0, 100) },
    })
  report.issue({
    code: 'selection_matches_nothing',
    severity: 'warning',
    origin: 'user',
    retryable: false,
    scope: null,
    message,
    evidence: { unmatched: found.slice(0, 100) },
    remedy: null,
  })
  return found
}

/** Says of each object whether it is worked on, and tells those that are skipped by choice. */
export class Chooser {
  readonly #book: Book
  readonly #only: Set<string> | null
  readonly #finished: Set<string>
  readonly #renames: boolean

  /** `renames`: whether objects may be called otherwise on the target, so that only drafts can be told apart. */
  constructor(book: Book, only: ItemReference[] | undefined, finished: ItemReference[], renames: boolean) {
    this.#book = book
    this.#only = only === undefined ? null : new Set(only.map(keyOf))
    this.#finished = new Set(finished.map(keyOf))
    this.#renames = renames
  }

  get finishedBefore(): number {
    return this.#finished.size
  }

  /** The objects of the source that are read. */
  choose({ chosen, kind, names }: Group): { kind: BodyKind; name: string }[] {
    const choice = selector(chosen, kind)
    const legacyChoice = selector(chosen, 'legacyTemplate')
    return names.filter((object) => {
      const said = (object.kind === 'legacyTemplate' ? legacyChoice : choice)(object.name)
      if (this.#only !== null) return this.#renames ? said.chosen : this.#isAsked(object.kind, object.name)
      if (!said.chosen) this.#book.skip(object.kind, object.name, reasons[said.reason])
      return said.chosen
    })
  }

  /** Whether a draft is still to be done. An index is done when its aliases are. */
  isDue({ kind, name }: Pick<Draft, 'kind' | 'name'>, aliases: string[]): boolean {
    if (!this.#isAsked(kind, name)) return false
    const items = [`${kind} ${name}`, ...aliases.map((alias) => `alias ${name}/${alias}`)]
    return !items.every((item) => this.#finished.has(item))
  }

  /** An alias is made with its index, so asking for the alias asks for the index. */
  #isAsked(kind: string, name: string): boolean {
    if (this.#only === null || this.#only.has(keyOf({ kind, name }))) return true
    return kind === 'index' && [...this.#only].some((key) => key.startsWith(`alias ${name}/`))
  }
}

const keyOf = ({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`

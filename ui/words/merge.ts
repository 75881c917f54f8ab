// Two people changed the same document: what each changed, and both brought together.
import { canonical, getAt, isObject, type Json, pointerTo, setAt } from './pointer.ts'

export type Change = {
  path: string
  base: unknown
  mine: unknown
  theirs: unknown
  by: 'me' | 'them' | 'both'
}

/** Every field that either side changed since `base`. A list counts as one field. */
export function changesBetween(base: Json, mine: Json, theirs: Json): Change[] {
  const paths = new Set([...leaves(base), ...leaves(mine), ...leaves(theirs)])
  return [...paths].sort().flatMap((path) => {
    const [was, my, their] = [base, mine, theirs].map((document) => getAt(document, path))
    const [iDid, theyDid] = [differs(was, my), differs(was, their)]
    if (!iDid && !theyDid) return []
    if (iDid && theyDid && !differs(my, their)) return []
    return [{ path, base: was, mine: my, theirs: their, by: iDid && theyDid ? 'both' : iDid ? 'me' : 'them' }]
  })
}

/** Theirs with my changes on top; where both changed a field, the choice for its path decides. */
export function merge(theirs: Json, changes: Change[], choices: Record<string, 'mine' | 'theirs'>): Json {
  return changes
    .filter(({ by, path }) => by === 'me' || (by === 'both' && choices[path] !== 'theirs'))
    .reduce((merged, { path, mine }) => setAt(merged, path, mine), theirs)
}

function leaves(value: unknown, keys: string[] = []): string[] {
  if (!isObject(value) || (Object.keys(value).length === 0 && keys.length > 0)) return [pointerTo(keys)]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...keys, key]))
}

function differs(a: unknown, b: unknown): boolean {
  return canonical(a) !== canonical(b)
}

// Which indexes are meant, as text in a form.
export type Patterns = { include: string; exclude: string }

const lines = (text: string) =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter(Boolean)

/** Undefined where nothing was written, so that the config's own selection counts. */
export function selectionOf({ include, exclude }: Patterns) {
  const [included, excluded] = [lines(include), lines(exclude)]
  if (included.length + excluded.length === 0) return undefined
  return {
    ...(included.length > 0 && { include: included }),
    ...(excluded.length > 0 && { exclude: excluded }),
  }
}

/** A selection in a sentence. */
export function describeSelection(selection: unknown): string {
  const list = (key: string) => {
    const found = typeof selection === 'object' && selection !== null && Object(selection)[key]
    return Array.isArray(found) && found.length > 0 ? found.join(', ') : ''
  }
  const without = list('exclude') ? ` without ${list('exclude')}` : ''
  return `${list('include') || 'all but system indexes'}${without}`
}

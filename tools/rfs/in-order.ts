/** Maps with at most `atOnce` under way, gives results in order, and holds no more than those. */
export async function* inOrder<From, To>(
  values: Iterable<From>,
  atOnce: number,
  map: (value: From) => Promise<To>,
): AsyncGenerator<To> {
  const under: Promise<To>[] = []
  try {
    for (const value of values) {
      const next = map(value)
      next.catch(() => {}) // thrown where it is awaited
      under.push(next)
      if (under.length < atOnce) continue
      const first = await under.shift()
      if (first !== undefined) yield first
    }
    for (const next of under.splice(0)) yield await next
  } finally {
    await Promise.allSettled(under)
  }
}

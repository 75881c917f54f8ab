/** Runs `work` over `items`, at most `width` at a time; after an abort nothing new is taken. Results keep their order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  signal: AbortSignal,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  async function worker(): Promise<void> {
    while (next < items.length && !signal.aborted) {
      const at = next++
      const item = items[at]
      if (item !== undefined) results[at] = await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return results.filter((result) => result !== undefined)
}

type Page<T> = { items: T[]; next: string | null }

/** Reads a list to its end, page by page, telling what has come so far. Ends early where `go` says no. */
export async function readAll<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
  go: (sofar: T[], done: boolean) => boolean = () => true,
): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    all.push(...page.items)
    cursor = page.next ?? undefined
  } while (go(all, cursor === undefined) && cursor !== undefined)
  return all
}

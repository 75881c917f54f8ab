export type Random = {
  /** A whole number from 0, below `limit`. */
  below(limit: number): number
  /** True this often. */
  chance(share: number): boolean
  pick<Item>(list: readonly Item[]): Item
}

/** The same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = (seed + 1) * 0x9e3779b1
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    below: (limit) => Math.floor(next() * limit),
    chance: (share) => next() < share,
    pick(list) {
      const item = list[Math.floor(next() * list.length)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}

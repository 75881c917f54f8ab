// What the items of a comparison found, added up per index as they are listed: no more is held than two digests each.
import type { ListedItem } from '../../shared/domain/work-item.ts'
import { Digest } from './digest.ts'

export type Gathered = {
  source: Digest
  target: Digest
  items: number
  undone: Pick<ListedItem, 'key' | 'error'>[]
  notRead: number
  /** Left out by a transform. */
  skipped: number
  /** The state of each shard of the target that was read. */
  views: (string | null)[]
}

const UNDONE_SHOWN = 20

export class Gathering {
  readonly #byIndex = new Map<string, Gathered>()

  add({ key, spec, state, result, counts, error }: ListedItem): void {
    const index = this.of(spec.index)
    this.#byIndex.set(spec.index, index)
    index.items++
    if (spec.side === 'target') index.views[spec.shard] = spec.view ?? null
    if (state !== 'done' || result === null) {
      index.notRead++
      if (index.undone.length < UNDONE_SHOWN) index.undone.push({ key, error })
      return
    }
    index.skipped += counts.skipped
    index[spec.side === 'target' ? 'target' : 'source'].merge(Digest.decode(result))
  }

  of(index: string): Gathered {
    const empty = { items: 0, undone: [], notRead: 0, skipped: 0, views: [] }
    return this.#byIndex.get(index) ?? { source: new Digest(), target: new Digest(), ...empty }
  }
}

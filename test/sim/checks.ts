// What must hold after every step of a simulation, and at its end.
import { expect } from 'vitest'
import { idsOf, type World } from './world.ts'

type Row = {
  key: string
  state: string
  epoch: number
  worker: string | null
  cursor: { doc: number } | null
  written: number
  rejected: number
  skipped: number
  expected: number | null
  attempts: number
}

/** Looks at the rows after each step and remembers who held what. */
export class Checks {
  readonly #world: World
  /** Who was given an item under an epoch: one worker, for ever. */
  readonly #holders = new Map<string, string>()
  readonly #epochs = new Map<string, number>()
  readonly #ended = new Map<string, string>()
  /** Leases of an item since it last moved. */
  readonly #fruitless = new Map<string, number>()
  readonly #cursors = new Map<string, number>()

  #asked = 0
  #last = new Map<string, Row>()

  constructor(world: World) {
    this.#world = world
  }

  async afterStep(): Promise<void> {
    if (this.#asked === this.#world.asked) return
    this.#asked = this.#world.asked
    const rows = await this.#read()
    for (const row of rows) {
      this.#checkHolder(row)
      this.#checkEnd(row)
      this.#checkCursor(row)
    }
    this.#checkFence(rows)
    await this.#checkSums(rows)
  }

  /** Only who held the item moved it; a call that was refused or broke off left it as it was. */
  #checkFence(rows: Row[]): void {
    for (const { key, epoch, worker, status } of this.#world.calls.splice(0)) {
      const before = this.#last.get(key)
      if (status >= 400) {
        expect(
          rows.find((row) => row.key === key),
          `${key} after ${status}`,
        ).toEqual(before)
        continue
      }
      expect(before?.epoch, `${worker} was let write ${key}`).toBe(epoch)
      if (before?.state === 'leased') expect(before.worker, `who was let write ${key}`).toBe(worker)
    }
    this.#last = new Map(rows.map((row) => [row.key, row]))
  }

  /** The accounting adds up and the target holds the truth exactly. */
  async atEnd(): Promise<{ failed: number; rejected: number }> {
    const { target, items } = this.#world
    const rows = await this.#read()
    const truth = new Map(items.map((item) => [item.key, idsOf(item, item.from, item.to)]))
    const failed = rows.filter(({ state }) => state === 'failed')
    for (const { key } of failed)
      expect(this.#fruitless.get(key) ?? 0, `${key} is given up only after five leases`).toBeGreaterThan(4)
    for (const { key, state, written, rejected, skipped, expected } of rows) {
      if (state === 'failed') continue
      const ids = truth.get(key) ?? []
      expect(state, key).toBe('done')
      expect({ expected, sum: written + rejected + skipped }, key).toEqual({
        expected: ids.length,
        sum: ids.length,
      })
      expect(rejected, `rejected of ${key}`).toBe(ids.filter(target.isPoor).length)
      expect(
        ids.filter((id) => !target.isSettled(id)),
        key,
      ).toEqual([])
    }
    const known = new Set([...truth.values()].flat())
    expect([...target.documents.keys()].filter((id) => !known.has(id) || !target.isSettled(id))).toEqual([])
    return { failed: failed.length, rejected: rows.reduce((sum, row) => sum + row.rejected, 0) }
  }

  #checkHolder({ key, epoch, worker, state }: Row): void {
    const before = this.#epochs.get(key) ?? 0
    expect(epoch, `the epoch of ${key} never falls`).toBeGreaterThanOrEqual(before)
    expect(epoch, `the epoch of ${key} rises by one at a time`).toBeLessThanOrEqual(before + 1)
    if (epoch > before) this.#fruitless.set(key, (this.#fruitless.get(key) ?? 0) + 1)
    this.#epochs.set(key, epoch)
    if (state !== 'leased' || worker === null) return
    const name = `${key}@${epoch}`
    expect(this.#holders.get(name) ?? worker, `two holders of ${name}`).toBe(worker)
    this.#holders.set(name, worker)
  }

  #checkEnd({ key, state, written, rejected, skipped, expected }: Row): void {
    const now = JSON.stringify({ state, written, rejected, skipped, expected })
    expect(this.#ended.get(key) ?? now, `${key} had ended`).toBe(now)
    if (state === 'done' || state === 'failed') this.#ended.set(key, now)
  }

  /** What a checkpoint covers is in the target or refused by it, and its counts are of exactly that. */
  #checkCursor({ key, cursor, written, rejected, skipped }: Row): void {
    const item = this.#world.items.find((one) => one.key === key)
    if (!item) throw new Error(`nobody planned ${key}`)
    const doc = cursor?.doc ?? item.from
    if (doc !== this.#cursors.get(key))
      this.#fruitless.set(key, this.#cursors.has(key) ? 0 : (this.#fruitless.get(key) ?? 0))
    this.#cursors.set(key, doc)
    expect(written + rejected + skipped, `counts of ${key} up to ${doc}`).toBe(doc - item.from)
    const { isSettled } = this.#world.target
    expect(
      idsOf(item, item.from, doc).filter((id) => !isSettled(id)),
      `what ${key} covers`,
    ).toEqual([])
  }

  /** The sums that a status shows are those of the items. */
  async #checkSums(rows: Row[]): Promise<void> {
    const { api, run } = this.#world
    const { rows: sums } = await api.db.query(
      `select sum(items) as items, sum(items_done) as done, sum(items_failed) as failed, sum(written) as written,
         sum(rejected) as rejected, sum(expected) as expected, sum(items_uncounted) as uncounted
       from run_index where run_id = $1`,
      [run.id],
    )
    const add = (of: (row: Row) => number) => rows.reduce((sum, row) => sum + of(row), 0)
    expect(sums, 'sums per index').toEqual([
      {
        items: rows.length,
        done: add(({ state }) => Number(state === 'done')),
        failed: add(({ state }) => Number(state === 'failed')),
        written: add(({ written }) => written),
        rejected: add(({ rejected }) => rejected),
        expected: add(({ expected }) => expected ?? 0),
        uncounted: add(({ expected }) => Number(expected === null)),
      },
    ])
  }

  async #read(): Promise<Row[]> {
    const { api, run } = this.#world
    const { rows } = await api.db.query<Row>(
      `select key, state, epoch, worker, cursor, written, rejected, skipped, expected, attempts
       from work_item where run_id = $1 order by key`,
      [run.id],
    )
    return rows
  }
}

import { For, Show } from 'solid-js'
import type { RunItem } from '../../api/client.ts'
import { getShards } from '../../api/snapshot.ts'
import { watchLive } from '../../live/live.tsx'
import { createLoaded } from '../../live/loaded.ts'
import { Reading } from '../../parts/reading.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { describeBytes } from '../../words/snapshots.ts'
import type { Look } from '../../words/states.ts'

type Shard = { index: string; shard: number; state: string; bytes: Bytes; node: string | null }
type Bytes = { total: number | null; done: number | null }
const looks: Record<string, Look> = {
  done: { word: 'Done', tone: 'good', icon: 'check' },
  failed: { word: 'Not in it', tone: 'warn', icon: 'alert' },
  running: { word: 'Running', tone: 'busy', icon: 'dot' },
  waiting: { word: 'Waiting', tone: 'calm', icon: 'clock' },
}
const notTold: Look = { word: 'Unknown', tone: 'warn', icon: 'question' }

/** The shards of one index: how far each is, on which node, and why one is missing. */
export function Shards(props: { run: string; index: string; open: boolean }) {
  const items = createLoaded(getShards, () => [props.run, props.index])
  watchLive({
    types: ['run.'],
    open: () => props.open,
    everyMs: 1_000,
    changed: () => void items.reload(),
  })
  const shards = (all: RunItem[]) =>
    all
      .map((item) => ({ item, shard: shardOf(item) }))
      .filter(({ shard }) => shard.index === props.index)
      .sort((a, b) => a.shard.shard - b.shard.shard)
  return (
    <section aria-label={`Shards of ${props.index}`}>
      <h3>
        Shards of <span class="mono">{props.index}</span>
      </h3>
      <Reading of={items} what="the shards" lines={3}>
        {(page) => (
          <Show
            when={shards(page().items).length > 0}
            fallback={<p class="quiet">The source has told of no shard yet.</p>}
          >
            <ul class="shards">
              <For each={shards(page().items)}>
                {({ item, shard }) => (
                  <li>
                    <span class="number strong">{shard.shard}</span>
                    <Chip look={looks[shard.state] ?? notTold} />
                    <span class="number">{describeBytes(shard.bytes)}</span>
                    <span class="quiet">{shard.node ? `on ${shard.node}` : ''}</span>
                    <Show when={shard.state === 'failed' && item.detail.message}>
                      <span class="shard-why">{item.detail.message}</span>
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Reading>
    </section>
  )
}

/** What the tool said of a shard, where it said it in the form it has today. */
function shardOf({ name, detail }: RunItem): Shard {
  const [, index = name, shard = '0'] = /^(.*)\[(\d+)\]$/.exec(name) ?? []
  const told = Object(detail.after)
  return {
    index,
    shard: Number(shard),
    state: String(told.state ?? ''),
    bytes: { total: null, done: null, ...Object(told.bytes) },
    node: typeof told.node === 'string' ? told.node : null,
  }
}

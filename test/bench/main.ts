// npm run bench [name…]: measures each promise against its peer in one run, and prints a table.
import { measureApi } from './api.ts'
import { measureBackfill } from './backfill.ts'
import { measureCompare } from './compare.ts'
import { measureList } from './list.ts'
import { type Row, table } from './measure.ts'
import { measureMemory } from './memory.ts'
import { measureMetadata } from './metadata.ts'
import { measurePreflight } from './preflight.ts'
import { measureEvents, measureJobs } from './queue.ts'
import { measureReader } from './reader.ts'
import { measureWorkItems } from './work-items.ts'

const benches: Record<string, () => Promise<Row[]>> = {
  api: measureApi,
  list: measureList,
  metadata: measureMetadata,
  compare: measureCompare,
  preflight: measurePreflight,
  jobs: measureJobs,
  events: measureEvents,
  reader: measureReader,
  backfill: measureBackfill,
  memory: measureMemory,
  'work-items': measureWorkItems,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}
// What is started ends with this process, but only where it ends by itself.
process.once('SIGTERM', () => process.exit(1))
const rows: Row[] = []
for (const [name, measure] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.error(`measuring ${name}`)
  rows.push(...(await measure()))
}
console.log(table(rows))
process.exit(rows.some(({ pass }) => pass === false) ? 1 : 0)

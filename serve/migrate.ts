// Brings the database to the newest schema. Safe to run from several processes at once, and again.
import { parseConfig } from '../shared/config.ts'
import { migrate } from './parts/migrate.ts'
import { required, runDoor } from './parts/process.ts'

await runDoor(async () => {
  const { applied } = await migrate(required(parseConfig(process.env), 'DATABASE_URL'))
  console.log(applied.length ? `Applied ${applied.join(', ')}` : 'The schema is up to date')
})

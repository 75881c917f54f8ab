import { createStore } from 'solid-js/store'
import type { Scale } from '../../api/backfill.ts'
import type { Run } from '../../api/client.ts'
import { TextField } from '../../parts/field.tsx'
import { draftOf, planOf, rateOf } from './plan.ts'

const MB = 1_048_576

/** What else may change while it runs. A field that was not touched is not sent. */
export function Knobs(props: { run: Run | null; busy: boolean; onSet: (knobs: Scale) => void }) {
  const started = draftOf(planOf(props.run))
  const [form, setForm] = createStore({ ...started })
  const touched = (...keys: (keyof typeof form)[]) => keys.some((key) => form[key] !== started[key])
  const knobs = (): Scale => ({
    ...(touched('documentsPerSecond', 'megabytesPerSecond') && { rateLimit: rateOf(form) }),
    ...(touched('batchMegabytes') && { batchBytes: Math.round(Number(form.batchMegabytes) * MB) }),
    ...(touched('concurrency') && { concurrency: Number(form.concurrency) }),
  })
  return (
    <details class="more">
      <summary>Rate limit, batch size, concurrency</summary>
      <form
        class="knobs"
        onSubmit={(event) => {
          event.preventDefault()
          props.onSet(knobs())
        }}
      >
        <p class="quiet">As the run was started with; only what you change is sent.</p>
        <TextField
          label="Documents per second, at most"
          value={form.documentsPerSecond}
          placeholder="no limit"
          onInput={(text) => setForm('documentsPerSecond', text)}
        />
        <TextField
          label="MB per second, at most"
          value={form.megabytesPerSecond}
          placeholder="no limit"
          onInput={(text) => setForm('megabytesPerSecond', text)}
        />
        <TextField
          label="MB per bulk request"
          value={form.batchMegabytes}
          onInput={(text) => setForm('batchMegabytes', text)}
        />
        <TextField
          label="Requests at once per worker"
          value={form.concurrency}
          onInput={(text) => setForm('concurrency', text)}
        />
        <button type="submit" class="button" disabled={props.busy || Object.keys(knobs()).length === 0}>
          {props.busy ? 'Setting…' : 'Set the knobs'}
        </button>
      </form>
    </details>
  )
}

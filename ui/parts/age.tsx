import { useNow } from '../live/clock.ts'
import { formatAge, formatMoment } from '../words/format.ts'

/** How long ago something was, kept current; the exact moment on hover. */
export function Age(props: { at: string | number }) {
  const now = useNow()
  const iso = () => new Date(props.at).toISOString()
  return (
    <time datetime={iso()} title={formatMoment(iso())}>
      {formatAge(now() - Date.parse(iso()))}
    </time>
  )
}

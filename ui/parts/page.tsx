import { createEffect, type JSX, onCleanup } from 'solid-js'

type Props = {
  title: string
  percent?: number | null
  heading?: JSX.Element
  actions?: JSX.Element
  children: JSX.Element
}

/** A page: its heading, its actions, and the browser's title and icon, which carry the percent of open work. */
export function Page(props: Props) {
  createEffect(() => {
    const percent = typeof props.percent === 'number' ? `${Math.floor(props.percent)} % · ` : ''
    document.title = `${percent}${props.title} · Migration Assistant`
    setIcon(props.percent)
  })
  onCleanup(() => setIcon(undefined))
  return (
    <div class="page">
      <div class="page-head">
        <h1>{props.heading ?? props.title}</h1>
        <div class="page-actions">{props.actions}</div>
      </div>
      {props.children}
    </div>
  )
}

let original: string | null = null

/** A ring that fills, in place of the icon. */
function setIcon(percent: number | null | undefined) {
  const link = document.querySelector('link[rel="icon"]')
  if (!link) return
  original ??= link.getAttribute('href')
  const length = (2 * Math.PI * 6 * Math.min(percent ?? 0, 100)) / 100
  const ring = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="none" stroke-width="4"><circle cx="8" cy="8" r="6" stroke="#b9c2ce"/><circle cx="8" cy="8" r="6" stroke="#1257b8" stroke-dasharray="${length} 99" transform="rotate(-90 8 8)"/></g></svg>`
  link.setAttribute(
    'href',
    typeof percent === 'number' ? `data:image/svg+xml,${encodeURIComponent(ring)}` : (original ?? ''),
  )
}

import type { IconName } from '../words/states.ts'

const shapes: Record<IconName, string> = {
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  alert: 'M8 2.5l6 11H2zM8 6.5v3M8 11.6v.2',
  circle: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3z',
  dot: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3zM8 7a1 1 0 1 1 0 2 1 1 0 0 1 0-2z',
  pause: 'M6 4v8M10 4v8',
  stop: 'M4.5 4.5h7v7h-7z',
  question: 'M5.8 6.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 11.8v.2',
  skip: 'M3.5 8h9',
  arrow: 'M3 8h9.5M8.5 4l4 4-4 4',
  clock: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3zM8 5.5V8l1.8 1.2',
  copy: 'M6 6h7v7H6zM10 6V3H3v7h3',
  info: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3zM8 7.5v3M8 5.4v.2',
  chevron: 'M6 4l4 4-4 4',
  plus: 'M8 3.5v9M3.5 8h9',
  search: 'M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10 10l3 3',
  download: 'M8 3v7M5 7.5l3 3 3-3M3.5 13h9',
  external: 'M9 3h4v4M13 3L7.5 8.5M11 9v4H3V5h4',
  pencil: 'M3 13l.6-2.8L11 2.8 13.2 5l-7.4 7.4z',
  link: 'M6.5 9.5l3-3M7 4.5l1-1a2.5 2.5 0 0 1 4 4l-1 1M9 11.5l-1 1a2.5 2.5 0 0 1-4-4l1-1',
  off: 'M3 3l10 10M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3z',
}

/** A drawing beside a word; it says nothing of its own. */
export function Icon(props: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[props.name]} />
    </svg>
  )
}

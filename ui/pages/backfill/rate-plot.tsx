import { createEffect, on, onCleanup, onMount } from 'solid-js'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatCount } from '../../words/format.ts'
import type { Point } from './rates.ts'

const HEIGHT = 200
const dark = () => matchMedia('(prefers-color-scheme: dark)')

/** The line itself. Colours are the page's, also after the theme was switched. */
export default function RatePlot(props: { points: Point[] }) {
  let box: HTMLDivElement | undefined
  let plot: UPlot | undefined
  const data = (): UPlot.AlignedData => [
    props.points.map(({ at }) => at / 1_000),
    props.points.map(({ rate }) => rate),
  ]
  function draw() {
    if (!box) return
    plot?.destroy()
    plot = new UPlot(optionsOf(box), data(), box)
  }
  onMount(() => {
    draw()
    const resized = new ResizeObserver(
      () => box?.clientWidth && plot?.setSize({ width: box.clientWidth, height: HEIGHT }),
    )
    if (box) resized.observe(box)
    const themed = new MutationObserver(draw)
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    dark().addEventListener('change', draw)
    onCleanup(() => {
      resized.disconnect()
      themed.disconnect()
      dark().removeEventListener('change', draw)
      plot?.destroy()
    })
  })
  createEffect(on(data, (now) => plot?.setData(now), { defer: true }))
  return <div ref={box} class="rate-plot" role="img" aria-label="Documents per second over time" />
}

function optionsOf(box: HTMLElement): UPlot.Options {
  const style = getComputedStyle(box)
  const [text, line, accent] = [style.color, style.borderTopColor, style.outlineColor]
  const font = `12px ${style.fontFamily}`
  const axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } }
  return {
    width: box.clientWidth || 600,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_, times) => times.map(clockOf) },
      { ...axis, size: 64, values: (_, rates) => rates.map((rate) => formatCount(rate)) },
    ],
    series: [
      {},
      {
        stroke: accent,
        width: 2,
        points: { show: false },
        fill: accent.replace('rgb(', 'rgba(').replace(')', ', 0.12)'),
      },
    ],
  }
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

function clockOf(seconds: number): string {
  return clock.format(new Date(seconds * 1_000))
}

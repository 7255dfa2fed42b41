import { draw, show } from './charts.js'
import { cell, make, outcomeWord } from './elements.js'
import { toDuration } from './numbers.js'

const KINDS = ['text', 'vision', 'embedding']

/** Percentiles of hits beside misses, of all requests and of each kind: as numbers, and on one scale. */
export function showLatency({ latencyMs, kinds }, { rows, chart }) {
  const groups = [['all', latencyMs], ...KINDS.map((kind) => [kind, kinds[kind].latencyMs])]
  const lines = groups
    .flatMap(([kind, { hit, miss }]) => [
      [kind, 'hit', hit],
      [kind, 'miss', miss],
    ])
    .filter(([kind, , percentiles]) => kind === 'all' || percentiles !== null)
  rows.replaceChildren(...lines.map((line) => toRow(...line)))
  const drawn = lines.filter(([kind, , percentiles]) => kind === 'all' && percentiles !== null)
  if (drawn.length === 0) chart.replaceChildren()
  else showScale(chart, drawn)
}

function toRow(kind, word, percentiles) {
  const numbers = ['p50', 'p95', 'p99'].map((name) => {
    const text = percentiles === null ? '–' : toDuration(percentiles[name])
    return make(
      'td',
      { className: 'number', data: { stat: `latency.${kind}.${word}.${name}` } },
      text,
    )
  })
  return make('tr', {}, make('th', { scope: 'row' }, kind), cell(outcomeWord(word)), ...numbers)
}

const LEFT = 44
const ROW = 26

/** From p50 to p99, with p50 as a dot, on a scale of powers of ten: hits and misses are worlds apart. */
function showScale(chart, lines) {
  const bottom = lines.length * ROW + 4
  show(chart, { label: toSentence(lines), height: bottom + 18 }, (width) => {
    const { powers, place } = toScale(lines, width)
    const grid = powers.flatMap((ms) => [
      draw('line', { class: 'grid', x1: place(ms), x2: place(ms), y1: 0, y2: bottom }),
      draw('text', { x: place(ms), y: bottom + 13, 'text-anchor': 'middle' }, toDuration(ms)),
    ])
    return [...grid, ...lines.flatMap((line, i) => drawRange(line, i * ROW + ROW / 2, place))]
  })
}

/** Powers of ten in ms that hold all lines, and where on the picture a duration stands. */
function toScale(lines, width) {
  const all = lines.flatMap(([, , { p50, p99 }]) => [p50, p99])
  const from = Math.floor(Math.log10(Math.max(0.01, Math.min(...all))))
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...all))))
  const step = (width - LEFT - 24) / (to - from)
  return {
    powers: Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i)),
    place: (ms) => LEFT + step * (Math.log10(Math.max(ms, 10 ** from)) - from),
  }
}

function drawRange([, word, { p50, p99 }], y, place) {
  return [
    draw('text', { x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, word),
    draw('line', { class: `range fill-${word}`, x1: place(p50), x2: place(p99), y1: y, y2: y }),
    draw('circle', { class: `fill-${word}`, cx: place(p50), cy: y, r: 4 }),
  ]
}

function toSentence(lines) {
  return lines
    .map(
      ([, word, { p50, p99 }]) =>
        `${word}: half within ${toDuration(p50)}, 99 % within ${toDuration(p99)}`,
    )
    .join('; ')
}

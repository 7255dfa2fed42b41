const SVG = 'http://www.w3.org/2000/svg'

const HEIGHT = 150
/** Room for the labels of the axes. */
const LEFT = 44
const BOTTOM = 20
const TOP = 8

/** Makes an SVG element. */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** Puts a picture into its place: `toChildren` draws for the width that there is, `label` says in words what is seen. */
export function show(place, { label, height }, toChildren) {
  const width = Math.max(200, place.clientWidth)
  const box = { width, height, viewBox: `0 0 ${width} ${height}` }
  const children = toChildren(width)
  place.replaceChildren(draw('svg', { ...box, role: 'img', 'aria-label': label }, ...children))
}

/** Shows a line through values from 0 to 1; null where there is none, and the line has a gap. */
export function showShares(place, values, label) {
  show(place, { label, height: HEIGHT }, (width) => {
    const toPoint = toPlace(values.length, 1, width)
    const points = values.map((value, i) => value !== null && toPoint(i, value))
    const lines = toRuns(points).map((run) =>
      run.length === 1
        ? draw('circle', { class: 'dot', cx: run[0][0], cy: run[0][1], r: 3 })
        : draw('polyline', { class: 'trend', points: run.map((point) => point.join()).join(' ') }),
    )
    return [...drawGrid(['100 %', '50 %', '0 %'], width), ...lines]
  })
}

/** Shows a bar for each value. */
export function showBars(place, values, label, toLabel) {
  show(place, { label, height: HEIGHT }, (width) => {
    const most = toRound(Math.max(...values))
    const toPoint = toPlace(values.length, most, width)
    const step = (width - LEFT) / values.length
    const bars = values.flatMap((value, i) => {
      if (value === 0) return []
      const [x, y] = toPoint(i, value)
      const height = Math.max(1, HEIGHT - BOTTOM - y)
      const top = HEIGHT - BOTTOM - height
      const thick = Math.max(1, step - 2)
      return draw('rect', { class: 'bar', x: x - thick / 2, y: top, width: thick, height, rx: 1 })
    })
    return [...drawGrid([toLabel(most), toLabel(most / 2), toLabel(0)], width), ...bars]
  })
}

function toPlace(count, most, width) {
  const step = (width - LEFT) / count
  const span = HEIGHT - TOP - BOTTOM
  return (i, value) => [
    Math.round((LEFT + (i + 0.5) * step) * 10) / 10,
    Math.round((TOP + span * (1 - value / most)) * 10) / 10,
  ]
}

/** Points that follow each other without a gap. */
function toRuns(points) {
  const runs = []
  for (const [i, point] of points.entries()) {
    if (!point) continue
    if (points[i - 1]) runs.at(-1).push(point)
    else runs.push([point])
  }
  return runs
}

/** Three lines with what they stand for, and the time below. */
function drawGrid(labels, width) {
  const span = HEIGHT - TOP - BOTTOM
  const lines = labels.flatMap((label, i) => {
    const y = TOP + (span * i) / (labels.length - 1)
    return [
      draw('line', { class: 'grid', x1: LEFT, x2: width, y1: y, y2: y }),
      draw('text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, label),
    ]
  })
  const y = HEIGHT - 4
  return [
    ...lines,
    draw('text', { x: LEFT, y }, '60 min ago'),
    draw('text', { x: width, y, 'text-anchor': 'end' }, 'now'),
  ]
}

/** The next number that begins with 1, 2 or 5. */
function toRound(value) {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 5].find((step) => step * power >= value) ?? 10)
}

import type { Row } from './comparison.ts'
import type { Compared } from './results.ts'

const WIDTH = 720
const LABEL = 170
const BAR = 20
const STEP = 32
const TOP = 44
const BOTTOM = 26

/** Of middling lightness: readable on white and on black alike. */
const INK = '#7d8590'
const OWN = '#2f81f7'
const OTHER = '#8b949e'

/** Requests a second of each contender as an SVG: bars for medians, lines for what the rounds lie between. */
export function toChart({ title, rows, rounds, date, revision, connections }: Compared): string {
  const most = Math.max(...rows.map(({ requestsPerSecond }) => requestsPerSecond.max))
  const scale = (WIDTH - LABEL - 90) / most
  const height = TOP + rows.length * STEP + BOTTOM
  const foot = `medians of ${rounds.rounds} rounds, ${connections} connections, one core, ${date.slice(0, 10)}, ${revision}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${INK}" role="img">`,
    `<title>${toXml(title)}, requests a second</title>`,
    `<text x="0" y="18" font-size="15" font-weight="600">${toXml(title)}: requests a second</text>`,
    ...rows.flatMap((row, index) => toBar(row, TOP + index * STEP, scale)),
    `<text x="0" y="${height - 6}" font-size="11">${toXml(foot)}</text>`,
    '</svg>',
    '',
  ].join('\n')
}

function toBar({ name, requestsPerSecond }: Row, top: number, scale: number): string[] {
  const { median, min, max } = requestsPerSecond
  const middle = top + BAR / 2
  const [from, to] = [LABEL + min * scale, LABEL + max * scale].map((place) => place.toFixed(1))
  const color = name.startsWith('reprise') ? OWN : OTHER
  return [
    `<text x="${LABEL - 8}" y="${middle + 5}" text-anchor="end">${toXml(name)}</text>`,
    `<rect x="${LABEL}" y="${top}" width="${(median * scale).toFixed(1)}" height="${BAR}" rx="2" fill="${color}"/>`,
    `<path d="M${from} ${middle}H${to}M${from} ${middle - 4}v8M${to} ${middle - 4}v8" stroke="${INK}" fill="none"/>`,
    `<text x="${(LABEL + max * scale + 8).toFixed(1)}" y="${middle + 5}">${toThousands(median)}</text>`,
  ]
}

function toThousands(value: number): string {
  return value < 10_000 ? value.toFixed(0) : `${(value / 1_000).toFixed(1)} k`
}

function toXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

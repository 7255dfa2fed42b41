import { type Goal, type Row, toRatio } from './comparison.ts'
import { type Figure, isMet } from './figure.ts'
import type { Compared, Judged } from './results.ts'
import { type Spread, toRangeText } from './statistics.ts'

/** A comparison as text: a line for each contender, one for each goal. */
export function toTable({ title, connections, rounds, rows, goals }: Compared): string {
  const among = `${connections} connection${connections === 1 ? '' : 's'}`
  const effort = `${rounds.rounds} × ${rounds.seconds} s`
  return [
    '',
    `${title} (${among}, ${effort})`,
    toLine(['', 'requests/s (min–max)', 'p50 ms', 'p99 ms', 'cpu µs', 'busy']),
    ...rows.map((row) => toLine(toCells(row))),
    ...goals.map((goal) => `  ${toGoalLine(rows, goal)}`),
  ].join('\n')
}

/** A scenario of figures as text, each with its verdict. */
export function toFigureTable({ title, figures }: Judged): string {
  return ['', title, ...figures.map(toFigureLine)].join('\n')
}

/** How many goals were missed. */
export function countMissed(compared: readonly Compared[], judged: readonly Judged[]): number {
  const goals = compared.flatMap(({ rows, goals }) => goals.map((goal) => judge(rows, goal)))
  const figures = judged.flatMap((one) => one.figures).map(isMet)
  return [...goals.map((goal) => goal?.isMet), ...figures].filter((met) => met === false).length
}

/** A goal with the ratio that was measured; undefined where one of the two was not there. */
export function judge(
  rows: readonly Row[],
  goal: Goal,
): { readonly ratio: Spread; readonly isMet: boolean } | undefined {
  const ratio = toRatio(rows, goal)
  if (ratio === undefined) return undefined
  const { median } = ratio
  const isReached = goal.bound === 'at-least' ? median >= goal.value : median <= goal.value
  return { ratio, isMet: isReached }
}

/** What the goal is about, in words. */
export function toGoalName({ of, beside, figure }: Goal): string {
  return `${figure === 'p50Ms' ? 'p50' : 'requests/s'} of ${of} ÷ ${beside}`
}

/** Median, with what the rounds lie between. */
export function toSpreadText(spread: Spread, digits: number): string {
  return `${spread.median.toFixed(digits)} (${toRangeText(spread, digits)})`
}

/** The goal of a ratio. */
export function toBoundText({ bound, value }: Goal): string {
  return `${bound === 'at-least' ? '≥' : '≤'} ${value}`
}

/** The goal of a figure; empty where there is none. */
export function toAim({ goal }: Figure): string {
  return goal === undefined ? '' : `${SIGNS[goal.kind]} ${goal.value}`
}

/** A number with as many digits as it is worth. */
export function toNumberText({ measured, unit }: Figure): string {
  return `${measured.toFixed(Number.isInteger(measured) || unit === 'requests/s' ? 0 : 2)} ${unit}`
}

const SIGNS = { 'at-most': '≤', 'at-least': '≥', below: '<', exactly: '=' } as const

function toGoalLine(rows: readonly Row[], goal: Goal): string {
  const judged = judge(rows, goal)
  const text =
    judged === undefined
      ? 'not installed'
      : `${toSpreadText(judged.ratio, 2)}, ${toBoundText(goal)}`
  const verdict = judged === undefined ? '' : judged.isMet ? ': met' : ': MISSED'
  return `${toGoalName(goal)}: ${text}${verdict}`
}

function toCells({ name, requestsPerSecond, p50Ms, p99Ms, cpuMicroseconds, busy }: Row): string[] {
  return [
    `  ${name}`,
    toSpreadText(requestsPerSecond, 0),
    p50Ms.median.toFixed(3),
    p99Ms.median.toFixed(2),
    cpuMicroseconds?.toFixed(1) ?? '',
    busy?.toFixed(2) ?? '',
  ]
}

const WIDTHS = [28, 24, 9, 9, 9, 6]

function toLine(cells: readonly string[]): string {
  const padded = cells.map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
  return padded.join(' ').trimEnd()
}

function toFigureLine(figure: Figure): string {
  const { name, detail = '' } = figure
  const met = isMet(figure)
  const verdict = met === undefined ? '' : met ? 'met' : 'MISSED'
  const number = toNumberText(figure).padStart(14)
  const cells = [name.padEnd(62), number, toAim(figure).padStart(8), verdict.padStart(8)]
  return `  ${cells.join(' ')}${detail && `  (${detail})`}`
}

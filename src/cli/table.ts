import { cut, toHarmless, widthOf } from './text-width.ts'

/** How the cells of a column stand. */
export type Alignment = 'left' | 'right'

/** How a table is fitted to where it is shown. */
export interface Fit {
  /** Columns of the terminal; undefined where nothing limits them. */
  readonly width?: number | undefined
  /** Puts a cell, padded already, into its colour. */
  readonly paint?: ((text: string, row: number, column: number) => string) | undefined
}

/** Between two columns. */
const GAP = '  '
/** A column is not made narrower than this. */
const LEAST_WIDTH = 8

/**
 * Rows under each other: columns as wide as their widest cell; the first one left, the others right where
 * nothing is said. Where that is too wide the widest left ones are cut, and what still stands out at the end.
 */
export function toTable(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = ['left'],
  fit: Fit = {},
): string {
  const cells = rows.map((row) => row.map(toHarmless))
  const natural = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => widthOf(row[column] ?? ''))),
  )
  const { width = Number.POSITIVE_INFINITY, paint = (text: string) => text } = fit
  const widths = narrow(natural, alignments, width)
  return cells
    .map((row, at) => toLine(pad(row, widths, alignments), width, (text, i) => paint(text, at, i)))
    .join('\n')
}

/** Takes from the widest left column, step by step. */
function narrow(
  natural: readonly number[],
  alignments: readonly Alignment[],
  width: number,
): number[] {
  const widths = [...natural]
  const left = widths.flatMap((_, column) => (alignments[column] === 'left' ? [column] : []))
  const wide = (column: number): number => widths[column] ?? 0
  while (sum(widths) + GAP.length * (widths.length - 1) > width) {
    const widest = left.reduce(
      (one, other) => (wide(other) > wide(one) ? other : one),
      left[0] ?? 0,
    )
    if (left.length === 0 || wide(widest) <= LEAST_WIDTH) break
    widths[widest] = wide(widest) - 1
  }
  return widths
}

function pad(
  row: readonly string[],
  widths: readonly number[],
  alignments: readonly Alignment[],
): string[] {
  return row.map((cell, column) => {
    const width = widths[column] ?? 0
    const text = cut(cell, width)
    const space = ' '.repeat(Math.max(0, width - widthOf(text)))
    return alignments[column] === 'left' ? text + space : space + text
  })
}

/** The cells in a line; the end of it is no space, and what does not fit any more is cut. */
function toLine(
  cells: readonly string[],
  width: number,
  paint: (text: string, column: number) => string,
): string {
  const last = cells.findLastIndex((cell) => cell.trim() !== '')
  let free = width
  let line = ''
  for (const [column, cell] of cells.slice(0, last + 1).entries()) {
    const gap = column === 0 ? '' : GAP
    if (free <= gap.length) break
    const text = cut(column === last ? cell.trimEnd() : cell, Math.max(0, free - gap.length))
    if (text === '' && cell !== '') break
    line += gap + paint(text, column)
    free -= gap.length + widthOf(text)
  }
  return line
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** How the cells of a column stand. */
export type Alignment = 'left' | 'right'

/** Rows under each other: columns as wide as their widest cell; the first one left, the others right where nothing is said. */
export function toTable(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = ['left'],
): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const toCell = (cell: string, column: number): string => {
    const width = widths[column] ?? 0
    return alignments[column] === 'left' ? cell.padEnd(width) : cell.padStart(width)
  }
  return rows.map((row) => row.map(toCell).join('  ').trimEnd()).join('\n')
}

import type { Cores } from './cores.ts'

/** One number that was measured, and what it has to be. */
export interface Figure {
  readonly name: string
  readonly measured: number
  readonly unit: 'ms' | 'MiB' | 'runs' | 'clients' | '×' | 'probes'
  /** Absent where the number only explains another. */
  readonly goal?: { readonly kind: 'at-most' | 'below' | 'exactly'; readonly value: number }
  /** What else was seen: spreads, the number of samples. */
  readonly detail?: string
}

/** What a scenario is given. */
export interface Bench {
  readonly cores: Cores | undefined
  /** `quick`: a glance. */
  readonly effort: 'quick' | 'full'
  /** Where profiles of the server are written; undefined: none are made. */
  readonly profileFolder: string | undefined
}

/** One subject whose figures are judged each by itself. */
export interface FigureScenario {
  readonly title: string
  /** What happens in practice that this stands for. */
  readonly standsFor: string
  measure(bench: Bench): Promise<Figure[]>
}

/** A scenario with what came of it. */
export interface Judged {
  readonly title: string
  readonly figures: readonly Figure[]
}

/** The figures as a table, each with its verdict. */
export function toFigureTable(judged: readonly Judged[]): string {
  return judged
    .flatMap(({ title, figures }) => ['', title, ...figures.map((figure) => toLine(figure))])
    .join('\n')
}

/** How many figures missed their goals. */
export function countMissed(judged: readonly Judged[]): number {
  const figures = judged.flatMap((one) => one.figures)
  return figures.filter((figure) => isMet(figure) === false).length
}

function isMet({ measured, goal }: Figure): boolean | undefined {
  switch (goal?.kind) {
    case undefined:
      return undefined
    case 'at-most':
      return measured <= goal.value
    case 'below':
      return measured < goal.value
    case 'exactly':
      return measured === goal.value
  }
}

const SIGNS = { 'at-most': '≤', below: '<', exactly: '=' } as const

function toLine(figure: Figure): string {
  const { name, measured, unit, goal, detail = '' } = figure
  const digits = Number.isInteger(measured) ? 0 : 2
  const number = `${measured.toFixed(digits)} ${unit}`
  const aim = goal === undefined ? '' : `${SIGNS[goal.kind]} ${goal.value}`
  const met = isMet(figure)
  const verdict = met === undefined ? '' : met ? 'met' : 'MISSED'
  const cells = [name.padEnd(62), number.padStart(14), aim.padStart(8), verdict.padStart(8)]
  return `  ${cells.join(' ')}${detail && `  (${detail})`}`
}

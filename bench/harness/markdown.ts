import type { Figure } from './figure.ts'
import { isMet } from './figure.ts'
import { judge, toAim, toBoundText, toGoalName, toNumberText, toSpreadText } from './report.ts'
import type { Compared, Judged, Results } from './results.ts'

const BEGIN = '<!-- bench:begin -->'
const END = '<!-- bench:end -->'

/** Puts text between the markers of a page. Throws where there are none. */
export function replaceBetweenMarkers(page: string, text: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`no ${BEGIN} … ${END}`)
  return `${page.slice(0, from + BEGIN.length)}\n${text}\n${page.slice(to)}`
}

/** What was measured, as a table, and on what. */
export function toMarkdown(results: Results): string {
  const { machine, cores, versions, compared, judged } = results
  const rows = [...compared.flatMap(toGoalRows), ...judged.flatMap(toFigureRows)]
  const latest = [...compared, ...judged]
    .map(({ date }) => date.slice(0, 10))
    .sort()
    .at(-1)
  const bound = cores === undefined ? 'cores not bound' : `one core each for server and load`
  const others = Object.entries(versions)
    .filter(([name]) => !name.startsWith('reprise') && name !== 'origin' && name !== 'node:http')
    .map(([name, version]) => `${name} ${version}`)
  return [
    '| what | measured | goal | |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    `Medians of interleaved rounds (least–most), each a ratio within one run: ${machine.cpu}, ${machine.cores} cores, ${bound}; ${others.join(', ')}; ${latest}.`,
  ].join('\n')
}

function toGoalRows({ title, rows, goals }: Compared): string[] {
  return goals.flatMap((goal) => {
    const judged = judge(rows, goal)
    if (judged === undefined) return []
    const cells = [`${title}: ${toGoalName(goal)}`, toSpreadText(judged.ratio, 2)]
    return [toRow([...cells, toBoundText(goal), toVerdict(judged.isMet)])]
  })
}

function toFigureRows({ title, figures }: Judged): string[] {
  const toCells = (figure: Figure): string[] => [
    `${title}: ${figure.name}`,
    toNumberText(figure),
    toAim(figure),
    toVerdict(isMet(figure)),
  ]
  return figures.filter(({ isHeadline }) => isHeadline === 'yes').map((one) => toRow(toCells(one)))
}

function toVerdict(met: boolean | undefined): string {
  if (met === undefined) return ''
  return met ? 'met' : '**missed**'
}

function toRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

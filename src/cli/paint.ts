import type { Fit } from './table.ts'
import type { Terminal } from './terminal.ts'

/** What a text is, as far as its colour is concerned. */
export type Ink = 'title' | 'quiet' | 'good' | 'doubtful' | 'bad' | 'plain'

/** Puts a text into its colour, or leaves it. Widths are reckoned before: the codes take none. */
export type Paint = (text: string, ink: Ink) => string

/** Select Graphic Rendition (ECMA-48 §8.3.117): of the sixteen colours only, which every scheme has readable. */
const CODES: Readonly<Record<Exclude<Ink, 'plain'>, number>> = {
  title: 1,
  quiet: 2,
  good: 32,
  doubtful: 33,
  bad: 31,
}

/** Colours on a terminal that is to have them, and nowhere else. */
export function createPaint({ screen }: Pick<Terminal, 'screen'>): Paint {
  if (screen !== 'coloured') return (text) => text
  return (text, ink) =>
    ink === 'plain' || text === '' ? text : `\x1b[${CODES[ink]}m${text}\x1b[0m`
}

/** The colour of an outcome. */
export function inkOf(outcome: string): Ink {
  switch (outcome) {
    case 'hit':
    case 'collapsed':
      return 'good'
    case 'stale':
      return 'doubtful'
    case 'error':
      return 'bad'
    case 'bypass':
      return 'quiet'
    default:
      return 'plain'
  }
}

/** A table of this terminal: as wide as that, and with a quiet head. */
export function toFit(terminal: Pick<Terminal, 'screen' | 'columns'>): Fit {
  const paint = createPaint(terminal)
  return {
    width: terminal.columns,
    paint: (text, row) => paint(text, row === 0 ? 'quiet' : 'plain'),
  }
}

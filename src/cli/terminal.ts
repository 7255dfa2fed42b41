import { createInterface } from 'node:readline/promises'
import { openScreen, type Screen, type ScreenEvents } from './screen.ts'

/** Where a command writes, and whom it can ask. */
export interface Terminal {
  /** Results: standard output. */
  print(text: string): void
  /** Everything else: standard error. */
  complain(text: string): void
  /** What standard output is: a terminal with colours, one without (`NO_COLOR`, no-color.org), or none. */
  readonly screen: 'coloured' | 'plain' | 'none'
  /** How wide that terminal is now; undefined where there is none. */
  readonly columns: number | undefined
  /** Takes all of the terminal, where `screen` is one. */
  openScreen(events: ScreenEvents): Screen
  /** Whether somebody sits there who can be asked. */
  readonly person: 'present' | 'absent'
  /** Asks, and resolves with the line that is typed; empty where the input ends. */
  ask(question: string): Promise<string>
  /**
   * Shows a line on standard error in the place of the one shown before; an empty one takes it away.
   * Nothing where standard error is no terminal.
   */
  show(line: string): void
}

const DEFAULT_COLUMNS = 80

/** The terminal of this process. */
export function createTerminal(
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const { stdin, stdout, stderr } = process
  // Who reads the output may leave before the program does: nobody is there to be told.
  stdout.on('error', () => {})
  stderr.on('error', () => {})
  return {
    print: (text) => void stdout.write(`${text}\n`),
    complain: (text) => void stderr.write(`${text}\n`),
    screen: stdout.isTTY ? (environment.NO_COLOR ? 'plain' : 'coloured') : 'none',
    get columns() {
      return stdout.isTTY ? stdout.columns || DEFAULT_COLUMNS : undefined
    },
    openScreen: (events) => openScreen({ stdout, stdin }, events),
    person: stdin.isTTY && stderr.isTTY ? 'present' : 'absent',
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr })
      const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
      const answer = await Promise.race([lines.question(question), closed])
      lines.close()
      return answer
    },
    show(line) {
      // Some terminals do not know how wide they are.
      const width = (stderr.columns || DEFAULT_COLUMNS) - 1
      if (stderr.isTTY) stderr.write(`\r\x1b[2K${line.slice(0, width)}`)
    },
  }
}

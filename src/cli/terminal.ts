/** Where a command writes. */
export interface Terminal {
  /** Results: standard output. */
  print(text: string): void
  /** Everything else: standard error. */
  complain(text: string): void
  /** What standard output is: a terminal with colours, one without (`NO_COLOR`, no-color.org), or none. */
  readonly screen: 'coloured' | 'plain' | 'none'
}

/** The terminal of this process. */
export function createTerminal(
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const screen = environment.NO_COLOR ? 'plain' : 'coloured'
  // Who reads the output may leave before the program does: nobody is there to be told.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`${text}\n`),
    screen: process.stdout.isTTY ? screen : 'none',
  }
}

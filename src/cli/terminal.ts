/** Where a command writes. */
export interface Terminal {
  /** Results: standard output. */
  print(text: string): void
  /** Everything else: standard error. */
  complain(text: string): void
  readonly output: NodeJS.WriteStream
  /** Whether colours are welcome: a terminal, and no `NO_COLOR` (no-color.org). */
  readonly colour: 'auto' | 'never'
}

/** The terminal of this process. */
export function createTerminal(
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`${text}\n`),
    output: process.stdout,
    colour: environment.NO_COLOR ? 'never' : 'auto',
  }
}

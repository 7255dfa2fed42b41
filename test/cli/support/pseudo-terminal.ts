import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

const PTY = new URL('at-terminal.py', import.meta.url).pathname
const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname

/** Whether there is what it takes to make a terminal. */
export const hasTerminals = spawnSync('python3', ['-c', 'import pty']).status === 0

if (!hasTerminals) console.log('skipped: python3 is not there, so nothing is run at a terminal')

/** A command at a terminal. */
export interface AtTerminal {
  /** Resolves once something is shown, after what was waited for before. */
  shows(pattern: RegExp): Promise<void>
  type(keys: string): void
  resize(columns: number, rows: number): void
  kill(signal: number): void
  /** All that was written, exit status, and whether the terminal is as it was. */
  readonly end: Promise<{ out: string; status: number; restored: boolean }>
}

/** Runs the built command at a terminal of 80 columns and 24 rows. */
export function runAtTerminal(
  args: readonly string[],
  environment: Record<string, string> = {},
): AtTerminal {
  const command = [PTY, '80', '24', process.execPath, MAIN, ...args]
  const { PATH = '', HOME = '' } = process.env
  const child = spawn('python3', command, { env: { PATH, HOME, TERM: 'xterm', ...environment } })
  let out = ''
  let err = ''
  let seen = 0
  const watchers = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    for (const watch of [...watchers]) watch()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const order = (line: string) => void child.stdin.write(`${line}\n`)
  return {
    shows: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const match = pattern.exec(out.slice(seen))
          if (match === null) return
          seen += match.index + match[0].length
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
    type: (keys) => order(`key ${JSON.stringify(keys)}`),
    resize: (columns, rows) => order(`size ${columns} ${rows}`),
    kill: (signal) => order(`signal ${signal}`),
    end: once(child, 'close').then(() => ({ out, ...JSON.parse(err) })),
  }
}

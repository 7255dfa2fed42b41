import type { ReadStream, WriteStream } from 'node:tty'

/** The whole of a terminal, for a view that is drawn again and again. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  /** Shows these lines in the place of the ones before; what is below the last row is not shown. */
  draw(lines: readonly string[]): void
  /** Gives the terminal back as it was. Safe to call again. */
  close(): void
}

/** What a person does at it. */
export interface ScreenEvents {
  /** Another size: draw again. */
  onResize(): void
  /** `q`, Ctrl-C or Ctrl-D. */
  onLeave(): void
}

/** What it is drawn on, and where keys come from. */
export interface ScreenStreams {
  readonly stdout: Pick<
    WriteStream,
    'columns' | 'rows' | 'write' | 'writableLength' | 'on' | 'removeListener'
  >
  readonly stdin: Pick<
    ReadStream,
    'isTTY' | 'setRawMode' | 'on' | 'removeListener' | 'resume' | 'pause'
  >
}

/** Private modes of xterm that every terminal in use knows: 1049 is a screen of its own, 25 the cursor. */
const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

/** A terminal that takes so little is not sent the next picture: it would only be late. */
const MAX_UNREAD_BYTES = 64 * 1024
/** Some terminals do not know how large they are. */
const DEFAULT_SIZE = { columns: 80, rows: 24 }

/** `q`, Ctrl-C, Ctrl-D: in raw mode they are bytes and no signals. */
const LEAVE_KEYS: ReadonlySet<string> = new Set(['q', 'Q', '\u0003', '\u0004'])

/** Takes the terminal. Whatever ends the process gives it back. */
export function openScreen({ stdout, stdin }: ScreenStreams, events: ScreenEvents): Screen {
  let isOpen = true
  const hear = (bytes: Buffer): void => {
    if ([...bytes.toString('latin1')].some((key) => LEAVE_KEYS.has(key))) events.onLeave()
  }

  function close(): void {
    if (!isOpen) return
    isOpen = false
    process.removeListener('exit', close)
    stdout.removeListener('resize', events.onResize)
    if (stdin.isTTY) {
      stdin.removeListener('data', hear)
      stdin.setRawMode(false)
      stdin.pause()
    }
    stdout.write(LEAVE)
  }

  process.once('exit', close)
  stdout.on('resize', events.onResize)
  if (stdin.isTTY) {
    stdin.setRawMode(true)
    stdin.on('data', hear)
    stdin.resume()
  }
  stdout.write(ENTER)
  return {
    get columns() {
      return stdout.columns || DEFAULT_SIZE.columns
    },
    get rows() {
      return stdout.rows || DEFAULT_SIZE.rows
    },
    draw(lines) {
      if (!isOpen || stdout.writableLength > MAX_UNREAD_BYTES) return
      const shown = lines.slice(0, this.rows).map((line) => line + CLEAR_LINE)
      stdout.write(HOME + shown.join('\r\n') + CLEAR_BELOW)
    },
    close,
  }
}

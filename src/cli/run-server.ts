import { systemClock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { RepriseError } from '../errors.ts'
import { createLog, type Log, type LogOptions } from '../log.ts'
import { createGatedOutput, openStandardOutput } from './log-output.ts'
import type { Terminal } from './terminal.ts'

/** A server that listens, as far as the command line knows it. */
export interface Served {
  readonly startLine: string
  readonly start: object
  close(): Promise<void>
}

/** Starts a server; arrives by parameter, because the command line does not know how one is made. */
export type StartServer = (
  config: Config,
  parts: Log & { readonly look: LogOptions },
) => Promise<Served>

/** Starts the server, says so in one line, and resolves when it has stopped. */
export async function serve(
  config: Config,
  terminal: Terminal,
  start: StartServer,
  label = '',
): Promise<void> {
  const { level, format } = config.log
  const output = createGatedOutput(systemClock, openStandardOutput())
  const look = { level, format, screen: terminal.screen, label, output }
  const log = createLog(look)
  const flush = (): void => output.flush()
  // Also where the process ends without coming to the end of this.
  process.once('exit', flush)
  const signal = listenForSignals()
  try {
    const server = await start(config, { ...log, look })
    terminal.print(format === 'json' ? toJsonLine(server, label) : label + server.startLine)
    output.open()
    await signal.given
    await server.close()
  } catch (error) {
    throw toStartError(error, config)
  } finally {
    // What failed to start ends like any program at a signal, whatever it has left open.
    signal.ignore()
    output.open()
    output.flush()
    process.off('exit', flush)
  }
}

/** The start line as a line of the log, whatever its level: it is always the first. */
function toJsonLine(server: Served, label: string): string {
  return JSON.stringify({ ...server.start, msg: label + server.startLine })
}

/** Listening fails in two ways that a person can do something about. */
function toStartError(error: unknown, { listen }: Config): unknown {
  const { code } = error as NodeJS.ErrnoException
  const where = `${listen.host}:${listen.port}`
  if (code === 'EADDRINUSE') {
    const message = `${where} is in use by another program; choose another with --listen or REPRISE_LISTEN`
    return new RepriseError('internal', message, error)
  }
  if (code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error
  return new RepriseError('internal', `${where} cannot be listened on (${code})`, error)
}

interface Signal {
  /** Resolves at the first SIGTERM or SIGINT, whenever it comes; a second one ends the process at once. */
  readonly given: Promise<void>
  /** From now on signals are the system's. */
  ignore(): void
}

function listenForSignals(): Signal {
  let isStopping = false
  let resolve = (): void => {}
  const given = new Promise<void>((done) => {
    resolve = done
  })
  const stop = (): void => {
    if (isStopping) process.exit(1)
    isStopping = true
    resolve()
  }
  for (const name of SIGNALS) process.on(name, stop)
  return {
    given,
    ignore() {
      for (const name of SIGNALS) process.off(name, stop)
    },
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

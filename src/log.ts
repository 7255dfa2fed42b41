import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { type Observation, toWord } from './metrics/observe.ts'

/** How lines are written: `auto` is pretty on a terminal and JSON elsewhere. */
export type LogFormat = 'auto' | 'pretty' | 'json'

/** Where lines go and how they look. */
export interface LogOptions {
  readonly level: string
  readonly format: LogFormat
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** Terminal colours, where the output is one. */
  readonly colour: 'auto' | 'never'
}

/** A pino logger without process id and host name: one process, one machine. */
export function createLog(options: LogOptions): Logger {
  return pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    toStream(options),
  )
}

function toStream(options: LogOptions): DestinationStream {
  const isTerminal = options.output.isTTY === true
  const isPretty = options.format === 'pretty' || (options.format === 'auto' && isTerminal)
  if (!isPretty) return { write: (line) => void options.output.write(line) }
  return pretty({
    destination: options.output,
    colorize: isTerminal && options.colour === 'auto',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'outcome,reason,route,model,status,ms,bytes,savedMs',
  })
}

/**
 * The line of one request: outcome, route, model, status, milliseconds, bytes, and what a hit saved.
 * The observation holds no prompt, no answer, no header and no query, so none can get into the log.
 */
export function logRequest(log: Logger, observation: Observation): void {
  const { outcome, endpoint, model, status, bytes, saved } = observation
  const ms = Math.round(observation.durationMs * 100) / 100
  const fields = {
    outcome: toWord(outcome),
    ...('reason' in outcome ? { reason: outcome.reason } : {}),
    route: endpoint,
    model,
    status,
    ms,
    bytes,
    ...(saved === undefined ? {} : { savedMs: Math.round(saved.costMs) }),
    ...(observation.capped === 'capped' ? { capped: true } : {}),
  }
  const tail = saved === undefined ? '' : `, saved ${Math.round(saved.costMs)} ms`
  log.info(
    fields,
    `${toTitle(observation)} ${endpoint} ${model} ${status} ${ms} ms ${bytes} B${tail}`,
  )
}

function toTitle({ outcome }: Observation): string {
  return 'reason' in outcome ? `${toWord(outcome)} (${outcome.reason})` : toWord(outcome)
}

import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { type Observation, toWord } from './metrics/observe.ts'

/** How lines are written: `auto` is pretty on a terminal and JSON elsewhere. */
export type LogFormat = 'auto' | 'pretty' | 'json'

/** Where lines go: written whole, line end included. Must not block and must not throw. */
export interface LogOutput {
  write(line: string): unknown
}

/** Where lines go and how they look. */
export interface LogOptions {
  readonly level: string
  readonly format: LogFormat
  readonly output: LogOutput
  /** What the output is, as far as looks are concerned. */
  readonly screen: 'coloured' | 'plain' | 'none'
  /** Stands in front of every message; empty for none. */
  readonly label: string
}

/** A pino logger without process id and host name: one process, one machine. */
export function createLog(options: LogOptions): Logger {
  const { level, label } = options
  const timestamp = pino.stdTimeFunctions.isoTime
  return pino({ level, base: null, timestamp, msgPrefix: label }, toStream(options))
}

function toStream({ format, screen, output }: LogOptions): DestinationStream {
  const isPretty = format === 'pretty' || (format === 'auto' && screen !== 'none')
  if (!isPretty) return { write: (line) => void output.write(line) }
  return pretty({
    destination: { write: (line: string) => void output.write(line) },
    colorize: screen === 'coloured',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'outcome,reason,route,model,status,ms,bytes,savedMs',
  })
}

/**
 * The line of one request: outcome, route, model, status, milliseconds, bytes, and what a hit saved.
 * The observation holds no prompt, no answer, no header and no query, so none can get into the log.
 */
export function logRequest(log: Logger, observation: Observation): void {
  if (!log.isLevelEnabled('info')) return
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

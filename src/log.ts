import { Writable } from 'node:stream'
import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { type Observation, toWord } from './metrics/observe.ts'
import { toShares } from './metrics/stages.ts'

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
    destination: new Writable({
      write(chunk, _encoding, done) {
        output.write(String(chunk))
        done()
      },
    }),
    colorize: screen === 'coloured',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'outcome,reason,route,model,status,ms,bytes,savedMs,capped,stages',
    messageFormat: (line, key) => `${String(line[key])}${toSentence(line)}`,
  })
}

/** A request's line for a person; nothing for other lines. */
function toSentence(line: Record<string, unknown>): string {
  if (line.outcome === undefined) return ''
  const { reason, route, model, status, ms, bytes, savedMs, stages } = line
  const why = reason === undefined ? '' : ` (${String(reason)})`
  const saved = savedMs === undefined ? '' : `, saved ${String(savedMs)} ms`
  const times = stages === undefined ? '' : `, ${String(stages)}`
  return `${why} ${String(route)} ${String(model)} ${String(status)} ${String(ms)} ms ${String(bytes)} B${saved}${times}`
}

/**
 * The line of one request: outcome, route, model, status, milliseconds, bytes, and what a hit saved.
 * The observation holds no prompt, no answer, no header and no query, so none can get into the log.
 */
export function logRequest(log: Logger, observation: Observation): void {
  if (!log.isLevelEnabled('info')) return
  const { outcome, endpoint, model, status, bytes, saved, capped, stages } = observation
  const word = toWord(outcome)
  const fields = {
    outcome: word,
    reason: 'reason' in outcome ? outcome.reason : undefined,
    route: endpoint,
    model,
    status,
    ms: Math.round(observation.durationMs * 100) / 100,
    bytes,
    savedMs: saved && Math.round(saved.costMs),
    capped: capped === 'capped' ? true : undefined,
    // A hit has no stages worth a word.
    stages: stages !== undefined && outcome.kind !== 'hit' ? toShares(stages) : undefined,
  }
  log.info(fields, word)
}

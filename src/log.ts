import { Writable } from 'node:stream'
import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import type { Clock } from './clock.ts'
import { type Observation, type OutcomeWord, toWord } from './metrics/observe.ts'
import { toShares } from './metrics/stages.ts'

/** How lines are written: `auto` is pretty on a terminal and JSON elsewhere. */
export type LogFormat = 'auto' | 'pretty' | 'json'

/** Where lines go: written whole, line end included. Must not block and must not throw. */
export interface LogOutput {
  write(line: string): unknown
  /** Lines that were dropped because nobody took them. */
  readonly dropped?: number
}

/** Where lines go and how they look. */
export interface LogOptions {
  readonly level: string
  readonly format: LogFormat
  readonly output: LogOutput
  readonly clock: Pick<Clock, 'now'>
  /** What the output is, as far as looks are concerned. */
  readonly screen: 'coloured' | 'plain' | 'none'
  /** Stands in front of every message; empty for none. */
  readonly label: string
  /** The number of the worker that writes; undefined in the first process. */
  readonly worker?: number
}

/** Where the line of each request goes. */
export interface RequestLog {
  /**
   * Writes the line of one request: outcome, route, model, status, milliseconds, bytes, and what a hit saved.
   * The observation holds no prompt, no answer, no header and no query, so none can get into the log.
   */
  note(observation: Observation): void
  /** Lines that were dropped because nobody took them. */
  readonly dropped: number
}

/** The log: a pino logger for what happens now and then, and one line for each request. */
export interface Log {
  readonly log: Logger
  readonly requests: RequestLog
}

/** Without process id and host name: one process, one machine. */
export function createLog(options: LogOptions): Log {
  const { level, label, output, worker } = options
  const timestamp = pino.stdTimeFunctions.isoTime
  const log = pino(
    { level, base: worker === undefined ? null : { worker }, timestamp, msgPrefix: label },
    toStream(options),
  )
  // A hit has no stages worth a word, unless somebody wants every word.
  const detail = log.isLevelEnabled('debug') ? 'all' : 'some'
  return {
    log,
    requests: {
      note: toNote(log, detail, options),
      get dropped() {
        return output.dropped ?? 0
      },
    },
  }
}

function toNote(log: Logger, detail: Detail, options: LogOptions): RequestLog['note'] {
  if (!log.isLevelEnabled('info')) return () => {}
  if (isPretty(options)) {
    return (observation) => log.info(toFields(observation, detail), toWord(observation.outcome))
  }
  const toLine = createLineMaker(options)
  return (observation) => void options.output.write(toLine(toFields(observation, detail)))
}

function isPretty({ format, screen }: LogOptions): boolean {
  return format === 'pretty' || (format === 'auto' && screen !== 'none')
}

function toStream(options: LogOptions): DestinationStream {
  const { screen, output } = options
  if (!isPretty(options)) return { write: (line) => void output.write(line) }
  return pretty({
    destination: new Writable({
      write(chunk, _encoding, done) {
        output.write(String(chunk))
        done()
      },
    }),
    colorize: screen === 'coloured',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'outcome,reason,route,model,status,ms,bytes,savedMs,left,capped,stages,worker',
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

/** Whether hits tell where their time went too. */
type Detail = 'some' | 'all'

/** What is told of a request; what is undefined is left out. */
interface Fields {
  readonly outcome: OutcomeWord
  readonly reason: string | undefined
  readonly route: string
  readonly model: string
  readonly status: number
  readonly ms: number
  readonly bytes: number
  readonly savedMs: number | undefined
  readonly left: true | undefined
  readonly capped: true | undefined
  readonly stages: string | undefined
}

function toFields(observation: Observation, detail: Detail): Fields {
  const { outcome, saved, stages } = observation
  const isWorthIt = outcome.kind !== 'hit' || detail === 'all'
  return {
    outcome: toWord(outcome),
    reason: 'reason' in outcome ? outcome.reason : undefined,
    route: observation.endpoint,
    model: observation.model,
    status: observation.status,
    ms: Math.round(observation.durationMs * 100) / 100,
    bytes: observation.bytes,
    savedMs: saved && Math.round(saved.costMs),
    left: observation.client === 'left' ? true : undefined,
    capped: observation.capped === 'capped' ? true : undefined,
    stages: stages !== undefined && isWorthIt ? toShares(stages) : undefined,
  }
}

/** pino's number for `info`. */
const INFO = 30

/**
 * Makes the line that pino would write, in a third of the time: there is one for every hit. Only names of models
 * may hold what JSON escapes; there are few, so each is escaped once.
 */
function createLineMaker({ clock, label, worker }: LogOptions): (fields: Fields) => string {
  const models = new Map<string, string>()
  const prefix = JSON.stringify(label).slice(1, -1)
  const origin = worker === undefined ? '' : `,"worker":${worker}`
  let instant = Number.NaN
  let head = ''
  return (fields) => {
    const now = clock.now()
    if (now !== instant) head = `{"level":${INFO},"time":"${new Date(now).toISOString()}"${origin}`
    instant = now
    const { outcome, reason, route, status, ms, bytes, savedMs } = fields
    const model = models.get(fields.model) ?? JSON.stringify(fields.model)
    models.set(fields.model, model)
    let line = `${head},"outcome":"${outcome}"`
    if (reason !== undefined) line += `,"reason":"${reason}"`
    line += `,"route":"${route}","model":${model},"status":${status},"ms":${ms},"bytes":${bytes}`
    if (savedMs !== undefined) line += `,"savedMs":${savedMs}`
    if (fields.left) line += ',"left":true'
    if (fields.capped) line += ',"capped":true'
    if (fields.stages !== undefined) line += `,"stages":"${fields.stages}"`
    return `${line},"msg":"${prefix}${outcome}"}\n`
  }
}

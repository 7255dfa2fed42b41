import { createRequire } from 'node:module'
import { Writable } from 'node:stream'
import { type DestinationStream, type Logger, pino } from 'pino'
import type pretty from 'pino-pretty'
import { createRequestLine, type Detail, toFields } from './log-line.ts'
import { type Form, toWord } from './metrics/observation.ts'
import type { ObservedGroup } from './metrics/observed-group.ts'

/** How lines are written: `auto` is pretty on a terminal and JSON elsewhere. */
export type LogFormat = 'auto' | 'pretty' | 'json'

/** Where lines go: written whole, line end included. Must not block and must not throw. */
export interface LogOutput {
  write(line: string): unknown
  /** The same of bytes, which are copied before it returns. */
  writeBytes?(line: Buffer): unknown
  /** Lines that were dropped because nobody took them. */
  readonly dropped?: number
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
  /** The number of the worker that writes; undefined in the first process. */
  readonly worker?: number
}

/** Where the line of each request goes. */
export interface RequestLog {
  /**
   * Writes the lines of requests that have ended at an instant (wall time, in ms): outcome, route, model, status,
   * milliseconds, bytes, and what a hit saved. What is observed holds no prompt, no answer, no header and no query, so none can
   * get into the log.
   */
  note(group: ObservedGroup, at: number): void
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
  const isWordy = log.isLevelEnabled('debug')
  const choose: Choose = ({ outcome }) =>
    isWordy || outcome.kind !== 'hit' ? 'with-stages' : 'without-stages'
  return {
    log,
    requests: new Requests(toNote(log, choose, options), output),
  }
}

/** A class: it is looked up for every request, which an object with a getter is slow at. */
class Requests implements RequestLog {
  readonly note: RequestLog['note']
  readonly #output: LogOutput

  constructor(note: RequestLog['note'], output: LogOutput) {
    this.note = note
    this.#output = output
  }

  get dropped(): number {
    return this.#output.dropped ?? 0
  }
}

/** Chooses what is told: a hit has no stages worth a word, unless somebody wants every word. */
type Choose = (form: Form) => Detail

function toNote(log: Logger, choose: Choose, options: LogOptions): RequestLog['note'] {
  if (!log.isLevelEnabled('info')) return () => {}
  if (isPretty(options)) {
    return (group) => {
      const { form, length } = group
      for (let i = 0; i < length; i++) {
        log.info(toFields(group, i, choose(form)), toWord(form.outcome))
      }
    }
  }
  const line = createRequestLine(options)
  const { output } = options
  return (group, at) => {
    const detail = choose(group.form)
    const isShort = detail === 'without-stages' && output.writeBytes !== undefined
    for (let i = 0; i < group.length; i++) {
      const bytes = isShort ? line.toBytes(group, i, at) : undefined
      if (bytes !== undefined) output.writeBytes?.(bytes)
      else output.write(line.toText(group, i, at, detail))
    }
  }
}

function isPretty({ format, screen }: LogOptions): boolean {
  return format === 'pretty' || (format === 'auto' && screen !== 'none')
}

function toStream(options: LogOptions): DestinationStream {
  const { screen, output } = options
  if (!isPretty(options)) return { write: (line) => void output.write(line) }
  return loadPretty()({
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

/** Thirty files, of which a server whose log nobody reads along needs none. */
function loadPretty(): typeof pretty {
  return createRequire(import.meta.url)('pino-pretty')
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

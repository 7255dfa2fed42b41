import type { Clock } from '../clock.ts'
import type { Question } from '../ollama/question.ts'
import { locate } from '../store/packed-entry.ts'
import type { Entry } from '../store/store.ts'
import type { ReplayValues } from './complete.ts'
import type { Step } from './exchange.ts'
import type {
  Cursor,
  FrameSource,
  KnownAnswer,
  PreparedBody,
  SourceEnd,
  SourceHead,
} from './frame-source.ts'
import { toFrame } from './piece.ts'
import { createShape, nameShape, type Shape } from './shapes.ts'

/** What the step needs of the rest. */
export interface ReplayOptions {
  readonly clock: Pick<Clock, 'now'>
  /** From 0 to below 1. */
  readonly random: () => number
  readonly ready: ReadyEntries
}

/** Entries made ready, remembered for as long as the entries are. */
export interface ReadyEntries {
  for(entry: Entry, question: Question): Shape
}

/** Starts with none. */
export function createReadyEntries(): ReadyEntries {
  const known = new WeakMap<Entry, Map<string, Shape>>()
  return {
    for(entry, question) {
      const shapes = known.get(entry) ?? new Map<string, Shape>()
      known.set(entry, shapes)
      const name = nameShape(question)
      const shape = shapes.get(name) ?? prepare(entry, question)
      shapes.set(name, shape)
      return shape
    },
  }
}

/** Turns the entry found into a source for this client: stored bytes, with what is new spliced in. */
export function createReplayStep({ clock, random, ready }: ReplayOptions): Step {
  return (exchange) => {
    const entry = exchange.found?.entry
    const { question } = exchange
    if (entry === undefined || question === undefined) return 'join'
    const shape = ready.for(entry, question)
    exchange.endedIn = shape.doneReason
    exchange.source = new ReplaySource(shape, {
      model: question.reading.model,
      now: clock.now(),
      random,
    })
    return 'deliver'
  }
}

function prepare(entry: Entry, question: Question): Shape {
  const { route, contentType } = entry
  return createShape({ route, contentType, frames: locate(entry) }, question)
}

const ENDED: SourceEnd = { kind: 'ended' }

/** A source that has ended already. */
class ReplaySource implements FrameSource {
  readonly head: SourceHead
  readonly end = ENDED
  readonly prepared: PreparedBody
  readonly #shape: Shape
  readonly #values: ReplayValues

  constructor(shape: Shape, values: ReplayValues) {
    this.#shape = shape
    this.#values = values
    this.head = shape.head
    this.prepared = new Prepared(shape, values)
  }

  open(): Cursor {
    const frames = this.#shape.renderFrames(this.#values).values()
    return {
      next() {
        const bytes: Buffer | undefined = frames.next().value
        return bytes && toFrame(bytes)
      },
      close() {},
    }
  }
}

/** The body of an answer, made when somebody asks for it by itself. */
class Prepared implements PreparedBody {
  readonly framing: PreparedBody['framing']
  readonly known: KnownAnswer
  readonly #shape: Shape
  #bytes: Buffer | undefined

  constructor(shape: Shape, values: ReplayValues) {
    const { framing, completion, sizeBytes } = shape
    this.framing = framing
    this.known = { sizeBytes, completion, values }
    this.#shape = shape
  }

  get bytes(): Buffer {
    this.#bytes ??= this.#shape.render(this.known.values)
    return this.#bytes
  }
}

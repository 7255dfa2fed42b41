import type { Clock } from '../clock.ts'
import { isFrameRoute, rulesOf, TAIL_FRAMES } from '../ollama/frame-rules.ts'
import type { Entry } from '../store/store.ts'
import type { Step } from './exchange.ts'
import type { Cursor, FrameSource, PreparedBody, SourceEnd, SourceHead } from './frame-source.ts'
import { createShape, nameShape, type ReplayValues, type Shape } from './shapes.ts'

/** What the step needs of the rest. */
export interface ReplayOptions {
  readonly clock: Pick<Clock, 'now'>
  /** From 0 to below 1. */
  readonly random: () => number
}

/** An entry with the shapes that clients have asked for. */
interface Prepared {
  readonly doneReason: string | undefined
  readonly shapes: Map<string, Shape>
}

/** Turns the entry found into a source for this client: stored bytes, with what is new spliced in. */
export function createReplayStep({ clock, random }: ReplayOptions): Step {
  const known = new WeakMap<Entry, Prepared>()
  return (exchange) => {
    const entry = exchange.found?.entry
    const { question } = exchange
    if (entry === undefined || question === undefined) return 'join'
    const prepared = known.get(entry) ?? prepare(entry)
    known.set(entry, prepared)
    exchange.endedIn = prepared.doneReason
    const name = nameShape(question)
    const shape = prepared.shapes.get(name) ?? createShape(entry, question)
    prepared.shapes.set(name, shape)
    exchange.source = new ReplaySource(shape, {
      model: question.reading.model,
      now: clock.now(),
      random,
    })
    return 'deliver'
  }
}

function prepare(entry: Entry): Prepared {
  const rules = isFrameRoute(entry.route) ? rulesOf(entry.route) : undefined
  const totals = rules?.readTotals(entry.frames.slice(-TAIL_FRAMES))
  return { doneReason: totals?.doneReason, shapes: new Map() }
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
    const { framing, complete } = shape
    this.prepared = { bytes: shape.render(values), framing, complete }
  }

  open(): Cursor {
    const frames = this.#shape.renderFrames(this.#values).values()
    return {
      next() {
        const bytes: Buffer | undefined = frames.next().value
        return bytes && { bytes, chunk: undefined }
      },
      close() {},
    }
  }
}

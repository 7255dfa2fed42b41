import type { Clock } from '../clock.ts'
import { readTotals } from '../ollama/completeness.ts'
import { foldFrames, type NativeRoute, type Tools } from '../ollama/fold.ts'
import { toCreatedAt } from '../ollama/go-json.ts'
import { createRenderer, prepareTemplate, type Renderer, renderFrames } from '../ollama/splice.ts'
import type { Entry } from '../store/store.ts'
import type { Exchange, Step } from './exchange.ts'
import type { Cursor, FrameSource, PreparedBody, SourceEnd, SourceHead } from './frame-source.ts'

/** One shape of an entry made ready to be answered from, once for as long as the entry is in memory. */
interface Shape {
  readonly head: SourceHead
  readonly framing: PreparedBody['framing']
  readonly render: Renderer
  /** The frames one by one, for a client that cannot take the prepared body. */
  renderFrames(model: string, createdAt: string): Buffer[]
}

/** An entry with the shapes that clients have asked for. */
interface Prepared {
  readonly doneReason: string | undefined
  stream?: Shape
  whole?: Shape
}

/** Turns the entry found into a source for this client: stored bytes, with the instant and the name spliced in. */
export function createReplayStep(clock: Pick<Clock, 'now'>): Step {
  const known = new WeakMap<Entry, Prepared>()
  // Many answers leave within one millisecond, and name the same instant.
  let last = { at: Number.NaN, createdAt: '' }
  const createdNow = (): string => {
    const at = clock.now()
    if (last.at !== at) last = { at, createdAt: toCreatedAt(at) }
    return last.createdAt
  }
  return (exchange) => {
    const entry = exchange.found?.entry
    const reading = exchange.question?.reading
    if (entry === undefined || reading === undefined) return 'join'
    const prepared = known.get(entry) ?? prepare(entry)
    known.set(entry, prepared)
    exchange.endedIn = prepared.doneReason
    if (reading.whole === 'whole') prepared.whole ??= toWhole(entry, toolsOf(exchange))
    else prepared.stream ??= toStream(entry)
    const shape = reading.whole === 'whole' ? prepared.whole : prepared.stream
    if (shape === undefined) return 'join'
    exchange.source = new ReplaySource(shape, reading.model, createdNow())
    return 'deliver'
  }
}

function prepare(entry: Entry): Prepared {
  const last = entry.frames.at(-1)
  return { doneReason: last && readTotals(last).doneReason }
}

function toolsOf(exchange: Exchange): Tools {
  return exchange.question?.document.members.has('tools') ? 'tools' : 'no-tools'
}

function toStream(entry: Entry): Shape {
  const template = prepareTemplate(entry.frames)
  return {
    head: { status: 200, headers: [['Content-Type', entry.contentType]], body: 'frames' },
    framing: 'chunked',
    render: createRenderer(template, 'chunked'),
    renderFrames: (model, createdAt) => renderFrames(template, model, createdAt),
  }
}

/** The fold, for clients that want the whole answer. */
function toWhole(entry: Entry, tools: Tools): Shape {
  // Only the two native routes make entries, so the path is one of them.
  const { contentType, body } = foldFrames(entry.route as NativeRoute, entry.frames, tools)
  const template = prepareTemplate([body])
  return {
    head: { status: 200, headers: [['Content-Type', contentType]], body: 'opaque' },
    framing: 'length',
    render: createRenderer(template, 'plain'),
    renderFrames: (model, createdAt) => renderFrames(template, model, createdAt),
  }
}

const ENDED: SourceEnd = { kind: 'ended' }

/** A source that has ended already. */
class ReplaySource implements FrameSource {
  readonly head: SourceHead
  readonly end = ENDED
  readonly prepared: PreparedBody
  readonly #shape: Shape
  readonly #model: string
  readonly #createdAt: string

  constructor(shape: Shape, model: string, createdAt: string) {
    this.#shape = shape
    this.#model = model
    this.#createdAt = createdAt
    this.head = shape.head
    this.prepared = { bytes: shape.render(model, createdAt), framing: shape.framing }
  }

  open(): Cursor {
    const frames = this.#shape.renderFrames(this.#model, this.#createdAt).values()
    return {
      next() {
        const bytes: Buffer | undefined = frames.next().value
        return bytes && { bytes, chunk: undefined }
      },
      close() {},
    }
  }
}

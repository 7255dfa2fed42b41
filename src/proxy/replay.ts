import type { Clock } from '../clock.ts'
import { readTotals } from '../ollama/completeness.ts'
import { foldFrames, type NativeRoute } from '../ollama/fold.ts'
import { toCreatedAt } from '../ollama/go-json.ts'
import {
  prepareTemplate,
  renderChunked,
  renderFrames,
  renderWhole,
  type Template,
} from '../ollama/splice.ts'
import type { Entry } from '../store/store.ts'
import type { Exchange, Step } from './exchange.ts'
import type { Cursor, FrameSource } from './frame-source.ts'

/** An entry made ready to be answered from, once for as long as the entry is in memory. */
interface Prepared {
  readonly stream: Template
  readonly doneReason: string | undefined
  /** The fold, for clients that want the whole answer; made when the first one asks. */
  whole?: Template
}

/** Turns the entry found into a source for this client: stored bytes, with the instant and the name spliced in. */
export function createReplayStep(clock: Pick<Clock, 'now'>): Step {
  const prepared = new WeakMap<Entry, Prepared>()

  function prepare(entry: Entry): Prepared {
    const known = prepared.get(entry)
    if (known !== undefined) return known
    const last = entry.frames.at(-1)
    const doneReason = last && readTotals(last).doneReason
    const made: Prepared = { stream: prepareTemplate(entry.frames), doneReason }
    prepared.set(entry, made)
    return made
  }

  return (exchange) => {
    const { found, question } = exchange
    if (found === undefined || question === undefined) return 'record'
    const ready = prepare(found.entry)
    exchange.endedIn = ready.doneReason
    const createdAt = toCreatedAt(clock.now())
    const { model, whole } = question.reading
    if (whole === 'whole') {
      ready.whole ??= prepareWhole(found.entry, exchange)
      exchange.source = toWholeSource(renderWhole(ready.whole, model, createdAt))
    } else exchange.source = toStreamSource(found.entry, ready.stream, model, createdAt)
    return 'deliver'
  }
}

function prepareWhole(entry: Entry, exchange: Exchange): Template {
  const hasTools = exchange.question?.document.members.has('tools') ? 'tools' : 'no-tools'
  // Only the two native routes make entries, so the path is one of them.
  return prepareTemplate([foldFrames(entry.route as NativeRoute, entry.frames, hasTools).body])
}

function toWholeSource(body: Buffer): FrameSource {
  const headers = [['Content-Type', 'application/json; charset=utf-8']] as const
  return { ...toSource(() => [body]), head: { status: 200, headers, body: 'opaque' } }
}

function toStreamSource(
  entry: Entry,
  template: Template,
  model: string,
  createdAt: string,
): FrameSource {
  const source = toSource(() => renderFrames(template, model, createdAt))
  return {
    ...source,
    head: { status: 200, headers: [['Content-Type', entry.contentType]], body: 'frames' },
    prepared: renderChunked(template, model, createdAt),
  }
}

/** A source that has ended already; frames are rendered only for a reader that asks for them. */
function toSource(render: () => readonly Buffer[]): Omit<FrameSource, 'head'> {
  return {
    end: { kind: 'ended' },
    open(): Cursor {
      const frames = render().values()
      return { next: () => frames.next().value, close() {} }
    },
  }
}

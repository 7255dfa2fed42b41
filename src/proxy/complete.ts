import type { Clock } from '../clock.ts'
import type { Stages } from '../metrics/stages.ts'
import { toCreatedAt } from '../ollama/go-json.ts'
import type { Instants, Stamp } from '../ollama/splice.ts'
import type { Inquiry } from './exchange.ts'
import type { PreparedBody, SourceHead } from './frame-source.ts'
import { HitHead } from './hit-head.ts'
import { readStages } from './stages.ts'
import { createTimingLine, type TimingLine } from './timing-line.ts'

/** What is new each time an entry is given. */
export interface ReplayValues {
  /** As this client wrote it. */
  readonly model: string
  /** Wall time, in ms. */
  readonly now: number
  /** From 0 to below 1. */
  readonly random: () => number
}

/** The same, for answers that have nothing new in them but who asks and when. */
export function toStamp({ model, now }: ReplayValues): Stamp {
  return { model, createdAt: toCreatedAt(now) }
}

/** Puts together the answers of one shape, head included, for connections that are kept. */
export interface Completion {
  /** All of an answer that is a hit. It is written over by the next call, unless it is given up before. */
  complete(inquiry: Inquiry, values: ReplayValues, clock: StageClock): Completed
  /** What was given last belongs to somebody else from now on: a socket that has not got rid of it. */
  giveUp(): void
}

/** An answer put together. */
export interface Completed {
  readonly bytes: Buffer
  /** How many of them are the body. */
  readonly bodyBytes: number
}

/** What the times of stages are read from, in ms. */
export type StageClock = Pick<Clock, 'monotonic'>

/** A body made for one client. */
interface Body {
  readonly bytes: Buffer
  /** Where it can be written over with what is new; undefined where it has to be made each time. */
  readonly instants?: Instants
}

/** Makes the body of an answer. */
export type MakeBody = (values: ReplayValues) => Body

/** An answer as it was put together, for the next one to be written over. */
class Joined implements Completed {
  readonly bytes: Buffer
  readonly bodyBytes: number
  readonly #head: HitHead
  readonly #timing: TimingLine | undefined
  #instants: Instants | undefined

  constructor(head: HitHead, timing: TimingLine | undefined, body: Body) {
    const text = head.first + (timing?.text ?? '') + head.last
    this.bodyBytes = body.bytes.length
    // Written to again and again: no memory that others have a part of.
    this.bytes = Buffer.allocUnsafeSlow(text.length + this.bodyBytes)
    this.bytes.write(text, 'latin1')
    body.bytes.copy(this.bytes, text.length)
    this.#head = head
    this.#timing = timing
    this.#instants = body.instants
  }

  get #bodyAt(): number {
    return this.bytes.length - this.bodyBytes
  }

  /** The body as it stands. */
  get body(): Body {
    const bytes = this.bytes.subarray(this.#bodyAt)
    return this.#instants === undefined ? { bytes } : { bytes, instants: this.#instants }
  }

  overwriteInstants(values: ReplayValues): boolean {
    return this.#instants?.overwrite(this.bytes, this.#bodyAt, toStamp(values)) ?? false
  }

  overwriteBody({ bytes, instants }: Body): boolean {
    if (bytes.length !== this.bodyBytes) return false
    bytes.copy(this.bytes, this.#bodyAt)
    this.#instants = instants
    return true
  }

  overwriteHead(inquiry: Inquiry, now: number, stages: Stages | undefined): boolean {
    const { bytes } = this
    if (!this.#head.overwrite({ bytes, end: this.#bodyAt }, inquiry, now)) return false
    if (this.#timing === undefined || stages === undefined) return this.#timing === stages
    return this.#timing.overwrite(bytes, this.#head.first.length, stages)
  }
}

/**
 * Completes the answers of one shape. What has changed since the last one is written over it where it stands: the instants of
 * the body, `Age`, `Date`, the time to live, and the line that every answer has of its own.
 */
export function createCompletion(
  head: SourceHead,
  framing: PreparedBody['framing'],
  make: MakeBody,
): Completion {
  return new KeptAnswer(head, framing, make)
}

class KeptAnswer implements Completion {
  readonly #head: SourceHead
  readonly #framing: PreparedBody['framing']
  readonly #make: MakeBody
  #joined: Joined | undefined

  constructor(head: SourceHead, framing: PreparedBody['framing'], make: MakeBody) {
    this.#head = head
    this.#framing = framing
    this.#make = make
  }

  complete(inquiry: Inquiry, values: ReplayValues, clock: StageClock): Completed {
    const stages =
      inquiry.serverTiming === 'on' ? readStages(inquiry, clock.monotonic()) : undefined
    const joined = this.#joined
    if (joined === undefined) return this.#join(inquiry, stages, this.#make(values), values.now)
    const made = joined.overwriteInstants(values) ? undefined : this.#make(values)
    const isFitting = made === undefined || joined.overwriteBody(made)
    if (isFitting && joined.overwriteHead(inquiry, values.now, stages)) return joined
    return this.#join(inquiry, stages, made ?? joined.body, values.now)
  }

  giveUp(): void {
    this.#joined = undefined
  }

  #join(inquiry: Inquiry, stages: Stages | undefined, body: Body, now: number): Joined {
    const bodyBytes = body.bytes.length
    const head = new HitHead(inquiry, {
      head: this.#head,
      framing: this.#framing,
      bodyBytes,
      now,
    })
    this.#joined = new Joined(head, stages && createTimingLine(stages), body)
    return this.#joined
  }
}

import type { Socket } from 'node:net'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { toFreshness, toTtlSeconds } from '../http/freshness.ts'
import { toHash } from '../http/request-bytes.ts'
import type { Observation } from '../metrics/observation.ts'
import type { ModelRegistry } from '../models/registry.ts'
import type { Found, Store } from '../store/store.ts'
import type { ReplayValues } from './complete.ts'
import type { Answer } from './connections.ts'
import type { Exchange, Inquiry, Shortcuts } from './exchange.ts'
import { toObservation } from './observation.ts'
import type { ReplayOptions } from './replay.ts'
import type { Shape } from './shapes.ts'
import { findIdentity, measure, type Understanding } from './understanding.ts'
import type { Verdicts } from './verdicts.ts'

/** What giving an answer to repeated bytes needs of the rest. */
export interface RepeatsOptions extends ReplayOptions {
  readonly clock: Clock
  readonly registry: Pick<ModelRegistry, 'resolve' | 'label'>
  readonly store: Pick<Store, 'recall'>
  readonly verdicts: Verdicts
  readonly shortcuts: Shortcuts
  readonly serverTiming: Inquiry['serverTiming']
  /** True while no new requests are taken. */
  isDraining(): boolean
  observe(observation: Observation): void
}

/** Requests that were answered from the cache, remembered byte for byte, head included. */
export interface Repeats {
  /** Gives the answer to bytes that are a request remembered, if that takes nothing but one write. */
  readonly answer: Answer
  /** Remembers a request, if it was answered from the cache in a way that its bytes alone decide. */
  learn(exchange: Exchange): void
}

/** Bytes that remembered requests may take together, with what was understood of them. */
const MAX_BYTES = 32 * 1024 * 1024
/** A larger request is read each time. */
const MOST_BYTES = 64 * 1024
/** What remembering one takes besides its bytes and what was understood of them. Estimated. */
const OVERHEAD_BYTES = 512
/** A larger answer is sent in pieces, so that a client is heard that takes nothing. In bytes. */
const MOST_ANSWER_BYTES = 64 * 1024

/** One request, and what was understood of it. */
interface Repeat {
  readonly bytes: Buffer
  readonly understood: Understanding
  readonly endpoint: Inquiry['endpoint']
}

/**
 * Everything that the bytes of a request decide was decided when they came before: whether the guard lets them
 * through, what they ask, and how their answer looks. What they do not decide is asked again: the model, the
 * entry, its lifetime, and whether anything is taken at all.
 */
export function createRepeats(options: RepeatsOptions): Repeats {
  const repeats = new KnownRepeats(options)
  return {
    answer: (bytes, socket) => repeats.answer(bytes, socket),
    learn: options.shortcuts === 'taken' ? (exchange) => repeats.learn(exchange) : () => {},
  }
}

/** What there is to give: an entry, and when it was found. */
interface Recalled {
  readonly found: Found
  readonly shape: Shape
  readonly values: ReplayValues
  /** Monotonic instants, in ms. */
  readonly startedAt: number
  readonly keyedAt: number
}

/** A class, and fields of its own: what is looked up for every hit must not stand in an object made of others. */
class KnownRepeats implements Repeats {
  readonly #clock: Clock
  readonly #registry: RepeatsOptions['registry']
  readonly #store: RepeatsOptions['store']
  readonly #options: Pick<
    RepeatsOptions,
    'verdicts' | 'ready' | 'random' | 'serverTiming' | 'isDraining' | 'observe'
  >
  readonly #known = new LRUCache<number, Repeat>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ bytes, understood }) => bytes.length + measure(understood) + OVERHEAD_BYTES,
  })

  constructor(options: RepeatsOptions) {
    this.#clock = options.clock
    this.#registry = options.registry
    this.#store = options.store
    const { verdicts, ready, random, serverTiming, isDraining, observe } = options
    this.#options = { verdicts, ready, random, serverTiming, isDraining, observe }
  }

  learn(exchange: Exchange): void {
    const { raw, understood, endpoint } = exchange
    if (raw === undefined || understood === undefined || !isRepeatable(exchange, raw)) return
    this.#known.set(toHash(raw), { bytes: raw, understood, endpoint })
  }

  answer(bytes: Buffer, socket: Socket): ReturnType<Answer> {
    if (bytes.length > MOST_BYTES) return 'declined'
    const startedAt = this.#clock.monotonic()
    const repeat = this.#known.get(toHash(bytes))
    if (repeat === undefined || !repeat.bytes.equals(bytes)) return 'declined'
    if (this.#options.isDraining() || !socket.writable || socket.writableLength > 0) {
      return 'declined'
    }
    const recalled = this.#recall(repeat, startedAt)
    if (recalled === undefined || recalled.shape.sizeBytes > MOST_ANSWER_BYTES) return 'declined'
    this.#send(this.#toInquiry(repeat, recalled), recalled, socket)
    return 'answered'
  }

  #recall(repeat: Repeat, startedAt: number): Recalled | undefined {
    const { verdicts, random } = this.#options
    const identity = findIdentity(repeat.understood, this.#registry)
    if (identity === undefined || verdicts.of(identity.key) !== undefined) return undefined
    const keyedAt = this.#clock.monotonic()
    const found = this.#store.recall?.(identity.key)
    const now = this.#clock.now()
    if (found === undefined || toFreshness(found.entry, now).ttlSeconds <= 0) return undefined
    const shape = this.#options.ready.for(found.entry, repeat.understood.question)
    const values = { model: repeat.understood.question.reading.model, now, random }
    return { found, shape, values, startedAt, keyedAt }
  }

  #toInquiry({ understood, endpoint }: Repeat, recalled: Recalled): Inquiry {
    const { found, shape, values, startedAt, keyedAt } = recalled
    const ttlSeconds = toTtlSeconds(found.entry.expiresAt, values.now)
    const steps = { fingerprint: keyedAt, lookup: this.#clock.monotonic() }
    return {
      endpoint,
      timings: { startedAt, steps },
      serverTiming: this.#options.serverTiming,
      outcome: { kind: 'hit', tier: found.tier, ttlSeconds },
      model: values.model,
      question: understood.question,
      found,
      endedIn: shape.doneReason,
      sent: { status: shape.head.status, bytes: 0 },
    }
  }

  #send(inquiry: Inquiry, { shape, values }: Recalled, socket: Socket): void {
    const { completion, head } = shape
    const { bytes, bodyBytes } = completion.complete(inquiry, values, this.#clock)
    inquiry.sent = { status: head.status, bytes: bodyBytes }
    socket.write(bytes)
    if (socket.writableLength > 0) completion.giveUp()
    const finishedAt = this.#clock.monotonic()
    inquiry.timings.firstFrameAt = finishedAt
    const registry = this.#registry
    this.#options.observe(toObservation(inquiry, { finishedAt, client: 'stayed', registry }))
  }
}

/** Whether an answer like this one follows from the bytes of the request, and was all that was sent. */
function isRepeatable({ request, outcome, delivered, sent }: Exchange, raw: Buffer): boolean {
  const { origin, expect, upgrade } = request.headers
  const isPlain = origin === undefined && expect === undefined && upgrade === undefined
  const isSmall = raw.length <= MOST_BYTES && sent.bytes <= MOST_ANSWER_BYTES
  return isPlain && isSmall && outcome.kind === 'hit' && delivered === 'whole'
}

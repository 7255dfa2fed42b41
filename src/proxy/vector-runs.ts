import { type Clock, nextTurn } from '../clock.ts'
import { type Input, toEmbedRequest } from '../ollama/embedding-inputs.ts'
import { sliceVectors, type Vectors } from '../ollama/vectors.ts'
import { PassingMap } from '../passing-map.ts'
import type { Key } from '../store/store.ts'
import type { Batch } from './batch.ts'
import { type Collected, collect } from './collect.ts'
import type { Exchange } from './exchange.ts'
import type { Flights, Seat } from './flights.ts'

/** Some texts of a batch, with their keys in the same order. */
export interface Texts {
  readonly keys: readonly Key[]
  readonly inputs: readonly Input[]
}

/** What became of one call for some texts. */
export type VectorResult =
  | { readonly kind: 'vectors'; readonly sliced: Vectors; readonly keys: readonly Key[] }
  /** The origin's answer was no list of as many vectors as there were texts. */
  | { readonly kind: 'odd' }
  /** The origin answered with an error, or not at all. */
  | { readonly kind: 'failed'; readonly answer: Collected }

/** One call for some texts, under way. */
export interface VectorRun {
  readonly keys: readonly Key[]
  readonly result: Promise<VectorResult>
  /** A seat in it, for another request that has use for one of its texts. */
  follow(exchange: Exchange): Seat
}

/** What the register needs of the rest. */
export interface VectorRunsOptions {
  readonly flights: Pick<Flights, 'join'>
  readonly clock: Pick<Clock, 'startTimer'>
  /** Puts the vectors into the store; settles when it is decided whether they are kept. */
  commitVectors(exchange: Exchange, batch: Batch, result: VectorResult): Promise<void> | void
}

/** The texts that are being turned into vectors now: nobody asks for one of them a second time. */
export interface VectorRuns {
  /** The call that is under way for a text; undefined where there is none. */
  find(key: Key): VectorRun | undefined
  /** Sends a call for texts that nobody has asked for, and takes the first seat in it. */
  start(exchange: Exchange, batch: Batch, texts: Texts): { run: VectorRun; seat: Seat }
  /** How many calls are over: what was looked up before the last of them may be known by now. */
  settled(): number
}

/** Starts with none under way. */
export function createVectorRuns(options: VectorRunsOptions): VectorRuns {
  const running = new PassingMap<Key, VectorRun>()
  let settled = 0

  function forget(run: VectorRun): void {
    settled += 1
    for (const key of run.keys) if (running.get(key) === run) running.delete(key)
  }

  /**
   * Those who wait for the vectors go first: to keep 100 of them takes longer than to answer with them. A
   * call that failed is over at once, for whoever finds it shares its failure.
   */
  async function keep(exchange: Exchange, batch: Batch, made: VectorResult): Promise<void> {
    if (made.kind === 'vectors') await whenAnswered(exchange, options.clock)
    await options.commitVectors(exchange, batch, made)
  }

  return {
    settled: () => settled,
    find: (key) => running.get(key),
    start(exchange, batch, texts) {
      const part = toPart(exchange, batch, texts)
      const seat = options.flights.join(part)
      const result = collect(seat.source).then((answer) => judge(answer, batch, texts))
      const { keys } = texts
      const follow = (other: Exchange) => seat.share(toFollower(other, part))
      const run: VectorRun = { keys, result, follow }
      for (const key of keys) running.set(key, run)
      // Who asks before it is decided whether they are kept finds the call, not nothing.
      void result
        .then((made) => keep(exchange, batch, made))
        .then(
          () => forget(run),
          () => forget(run),
        )
      return { run, seat }
    },
  }
}

/**
 * Where the vectors were the last that an answer waited for, until it is written: 4 MB leave in several turns,
 * and what was done between them would hold up the rest.
 */
async function whenAnswered(
  { response }: Exchange,
  clock: Pick<Clock, 'startTimer'>,
): Promise<void> {
  await nextTurn()
  if (!response.headersSent || response.writableFinished || response.destroyed) return
  await new Promise<void>((resolve) => {
    const timer = clock.startTimer(SLOW_CLIENT_MS, resolve)
    response.once('close', () => {
      timer.cancel()
      resolve()
    })
  })
}

/** A client that reads slower keeps nobody from being given the vectors out of the store. */
const SLOW_CLIENT_MS = 100

/** The request for some of the texts: in everything else it is the client's own. */
function toPart(exchange: Exchange, batch: Batch, { inputs }: Texts): Exchange {
  const { question } = exchange
  if (question === undefined) return exchange
  const document = toEmbedRequest(question.document, batch.sentOn, inputs)
  return { ...exchange, question: { ...question, document } }
}

/** A follower may have to send the request again: it has to be that for the texts of the call, not its own. */
function toFollower(exchange: Exchange, { question }: Exchange): Exchange {
  return question === undefined ? { ...exchange } : { ...exchange, question }
}

/** As many vectors as texts, or it is not understood. */
function judge(answer: Collected, { sentOn }: Batch, { keys }: Texts): VectorResult {
  if (answer.end.kind !== 'ended' || answer.head?.status !== 200) return { kind: 'failed', answer }
  const sliced = sliceVectors(answer.body, sentOn)
  if (sliced === undefined || sliced.vectors.length !== keys.length) return { kind: 'odd' }
  return { kind: 'vectors', sliced, keys }
}

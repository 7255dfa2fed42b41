import { Agent, type Dispatcher } from 'undici'

/**
 * An Agent that never pauses an answer whose end closes its connection. undici 7 asserts that a parser is
 * not paused when such a connection ends or is reset, in an event of the socket, where nobody can catch
 * it: a slow client would end the process (nodejs/undici#5360, mended in 8 only). What is asked to pause
 * then still gets the rest, and holds it.
 */
export class UnpausedAgent extends Agent {
  override dispatch(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return super.dispatch(options, new UnpausedHandler(handler))
  }
}

/** Forwards undici's older set of events, which its own `request` and our runs use. */
class UnpausedHandler implements Dispatcher.DispatchHandler {
  readonly #inner: Dispatcher.DispatchHandler
  #mayPause = true

  constructor(inner: Dispatcher.DispatchHandler) {
    this.#inner = inner
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#inner.onConnect?.(abort)
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, text: string): boolean {
    this.#mayPause = !isEndedByClosing(raw)
    const wantsMore = this.#inner.onHeaders?.(status, raw, resume, text) ?? true
    return wantsMore || !this.#mayPause
  }

  onData(chunk: Buffer): boolean {
    const wantsMore = this.#inner.onData?.(chunk) ?? true
    return wantsMore || !this.#mayPause
  }

  onComplete(trailers: string[] | null): void {
    this.#inner.onComplete?.(trailers)
  }

  onError(error: Error): void {
    this.#inner.onError?.(error)
  }
}

const CONNECTION = 'connection'
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])
const NAME_LENGTHS = new Set([CONNECTION, ...FRAMING].map(({ length }) => length))

/** `Connection: close`, or a body without a length (RFC 9112 §6.3, §9.6). */
function isEndedByClosing(raw: readonly Buffer[]): boolean {
  let isFramed = false
  for (let i = 0; i + 1 < raw.length; i += 2) {
    // The length first: most names need not be read.
    const { length = 0 } = raw[i] ?? {}
    if (!NAME_LENGTHS.has(length)) continue
    const name = String(raw[i]).toLowerCase()
    if (name === CONNECTION && /\bclose\b/i.test(String(raw[i + 1]))) return true
    if (FRAMING.has(name)) isFramed = true
  }
  return !isFramed
}

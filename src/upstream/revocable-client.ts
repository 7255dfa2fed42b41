import { Socket } from 'node:net'
import { type buildConnector, Client, type Dispatcher, errors } from 'undici'

/** Calls off the connection a request is waiting for; the request then fails with the reason. */
export type Revoke = (reason: Error) => void

/** A request that wants to be able to give up while its connection is being made. */
export interface RevocableOptions extends Dispatcher.DispatchOptions {
  /**
   * Called once, before anything else happens. What it is given has no effect once the connection
   * stands: from then on undici's own `abort` closes it.
   */
  readonly onDispatch?: (revoke: Revoke) => void
}

/**
 * A client of one connection whose making can be called off. undici 7 has no such thing: it hands a
 * request its `abort` only once the connection stands, and until then keeps the socket, up to the limit
 * for connecting. That the socket belongs to one request holds for `pipelining: 1`, where a pool gives a
 * client no second request before the first is over.
 */
export class RevocableClient extends Client {
  readonly #attempt: Attempt

  constructor(url: URL, options: Client.Options, connector: buildConnector.connector) {
    const attempt = new Attempt(connector)
    super(url, { ...options, connect: attempt.connect })
    this.#attempt = attempt
  }

  override dispatch(options: RevocableOptions, handler: Dispatcher.DispatchHandler): boolean {
    const revoke = this.#attempt.begin()
    options.onDispatch?.(revoke)
    return super.dispatch(options, handler)
  }

  /** undici leaves a connection that is being made to its time limit; this ends it too. */
  override destroy(...args: unknown[]): Promise<void> {
    const ended = super.destroy(...(args as []))
    this.#attempt.begin()(new errors.ClientDestroyedError())
    return ended
  }
}

/** The connection being made for the request whose turn it is. */
class Attempt {
  readonly #connector: buildConnector.connector
  #socket: Socket | undefined
  #reason: Error | undefined
  #turn = 0

  constructor(connector: buildConnector.connector) {
    this.#connector = connector
  }

  /** The next request's turn: what earlier ones call off no longer counts. */
  begin(): Revoke {
    this.#turn += 1
    this.#reason = undefined
    const turn = this.#turn
    return (reason) => {
      if (turn !== this.#turn) return
      this.#reason = reason
      this.#socket?.destroy(reason)
    }
  }

  readonly connect: buildConnector.connector = (options, callback) => {
    const reason = this.#reason
    // Given up while an earlier connection of the client was still closing.
    if (reason !== undefined) return queueMicrotask(() => callback(reason, null))
    const settle: buildConnector.Callback = (...result) => {
      this.#socket = undefined
      callback(...result)
    }
    // undici's own connectors return their socket, which its types do not say.
    const socket: unknown = this.#connector(options, settle)
    this.#socket = socket instanceof Socket ? socket : undefined
  }
}

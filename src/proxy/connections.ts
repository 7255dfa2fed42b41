import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { countMissing } from '../http/request-bytes.ts'

/** Answers a request from its bytes alone; `declined`: nothing was done, and it goes the usual way. */
export type Answer = (bytes: Buffer, socket: Socket) => 'answered' | 'declined'

/** The connections of a server, and where on each of them a request begins. */
export interface Connections {
  /** Takes a new connection; called after Node's server has taken it. */
  watch(socket: Socket): void
  /** Node has read the head of a request: all bytes of it, where they came as one piece. */
  begin(request: IncomingMessage, response: ServerResponse): Buffer | undefined
}

/**
 * Looks at what comes before Node's parser does. Bytes that are one whole request, as it was answered before,
 * are answered here; all others go on to the parser untouched. What is one request only the parser says: it has
 * to have read the same bytes before, from the beginning of a request to its end. A connection's first request is
 * always Node's, whose time limits for a client that sends nothing are over with it.
 */
export function createConnections(answer: Answer): Connections {
  const known = new WeakMap<Socket, Connection>()
  return {
    watch(socket) {
      const [parse, ...others] = socket.listeners('data') as Parse[]
      // Not as this was made for: then every request goes the usual way.
      if (parse === undefined || others.length > 0) return
      const connection = new Connection(socket, parse, answer)
      known.set(socket, connection)
      socket.off('data', parse)
      socket.on('data', (bytes) => connection.hear(bytes))
    },
    begin: (request, response) => known.get(request.socket)?.begin(request, response),
  }
}

/** Node's own listener. */
type Parse = (this: Socket, bytes: Buffer) => void

/**
 * Where a connection stands.
 *
 * `new`: nothing has come. `between`: all that came were whole requests, and all are answered. `head`: the first
 * bytes of a request are with the parser. `body`, `answer`: the rest of it is awaited, or its answer. `lost`: it
 * is not known where a request begins, as after two in one piece.
 */
type Place = 'new' | 'between' | 'head' | 'body' | 'answer' | 'lost'

class Connection {
  readonly #socket: Socket
  readonly #parse: Parse
  readonly #answer: Answer
  #place: Place = 'new'
  #first: Buffer | undefined
  #missing = 0

  constructor(socket: Socket, parse: Parse, answer: Answer) {
    this.#socket = socket
    this.#parse = parse
    this.#answer = answer
  }

  hear(bytes: Buffer): void {
    if (this.#place === 'between' && this.#answer(bytes, this.#socket) === 'answered') return
    if (this.#place === 'between' || this.#place === 'new') this.#open(bytes)
    else if (this.#place === 'body') this.#goOn(bytes)
    else this.#place = 'lost'
    this.#parse.call(this.#socket, bytes)
    this.#close()
  }

  begin({ headers }: IncomingMessage, response: ServerResponse): Buffer | undefined {
    const first = this.#first
    if (this.#place !== 'head' || first === undefined) {
      this.#place = 'lost'
      return undefined
    }
    this.#missing = countMissing(first, headers) ?? -1
    this.#settle()
    response.once('finish', () => this.#end())
    return this.#missing === 0 ? first : undefined
  }

  #open(bytes: Buffer): void {
    this.#place = 'head'
    this.#first = bytes
  }

  /** The bytes are read. If no head was, it did not end in them, or was refused. */
  #close(): void {
    if (this.#place === 'head') this.#place = 'lost'
    this.#first = undefined
  }

  #goOn(bytes: Buffer): void {
    this.#missing -= bytes.length
    this.#settle()
  }

  #settle(): void {
    if (this.#missing < 0) this.#place = 'lost'
    else this.#place = this.#missing > 0 ? 'body' : 'answer'
  }

  #end(): void {
    this.#place = this.#place === 'answer' ? 'between' : 'lost'
  }
}

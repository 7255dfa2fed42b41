import { connect, type Socket } from 'node:net'
import { type BodyReader, createBodyReader } from './body-reader.ts'
import { readInstantMs } from './instant.ts'
import type { Question } from './load.ts'

/** One answer while it comes; instants of the monotonic clock, in ms. */
export interface Coming {
  readonly sentAt: number
  readonly status: number | undefined
  readonly headers: string
  readonly headAt: number | undefined
  readonly firstByteAt: number | undefined
  readonly endAt: number | undefined
  /** Of the body. */
  readonly bytes: number
  /** False once a byte differs from what was expected, where something was. */
  readonly isEqual: boolean
  /** Settles with the first byte of the body, or the end where there is none. */
  readonly begun: Promise<void>
  /** Settles when the answer is whole or its connection closed. */
  readonly over: Promise<void>
}

/** A connection that is kept open, with nothing between the socket and the clock. */
export interface WireClient {
  /** The one before must be over. Throws where the connection is closed. */
  ask(question: Question, options?: AskOptions): Coming
  /** Leaves without a word; the instant at which it did. */
  leave(): number
}

/** What a client does with the bytes. */
export interface AskOptions {
  /** What the body has to be. */
  readonly expected?: Buffer
  /** Called after each piece. */
  readonly onBytes?: (total: number) => void
}

/** Everybody reads into the same memory: what is read is looked at before the next one reads. */
const SHARED = Buffer.alloc(256 * 1024)

/** Connects; `read` is handed what comes, in memory that the next one reads into. */
export async function openSocket(url: string, read: (wire: Buffer) => void): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    onread: {
      buffer: SHARED,
      callback(size) {
        read(SHARED.subarray(0, size))
        return true
      },
    },
  })
  await settle(socket)
  return socket
}

/** Opens a connection. */
export async function openClient(url: string): Promise<WireClient> {
  const { host } = new URL(url)
  let answer: Answer | undefined
  const socket = await openSocket(url, (wire) => answer?.read(wire))
  socket.on('close', () => answer?.close())
  return {
    ask(question, options = {}) {
      if (socket.destroyed) throw new Error('the connection is closed')
      answer = new Answer(options)
      socket.write(toBytes(question, host))
      return answer
    },
    leave() {
      const leftAt = readInstantMs()
      socket.destroy()
      return leftAt
    },
  }
}

/** Opens many, some at a time: a row of connections that nobody has accepted yet is not endless. */
export async function openClients(url: string, count: number): Promise<WireClient[]> {
  const clients: WireClient[] = []
  while (clients.length < count) {
    const next = Math.min(WAVE, count - clients.length)
    clients.push(...(await Promise.all(Array.from({ length: next }, () => openClient(url)))))
  }
  return clients
}

const WAVE = 50

function settle(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject).on('error', () => undefined)
      resolve()
    })
  })
}

/** A request as it goes over the wire. */
export function toBytes({ method, path, body = '' }: Question, host: string): string {
  const type = 'Content-Type: application/json'
  const length = Buffer.byteLength(body)
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${type}\r\nContent-Length: ${length}\r\n\r\n${body}`
}

const HEAD_END = '\r\n\r\n'

class Answer implements Coming {
  readonly sentAt = readInstantMs()
  status: number | undefined
  headers = ''
  headAt: number | undefined
  firstByteAt: number | undefined
  endAt: number | undefined
  bytes = 0
  isEqual = true
  readonly begun: Promise<void>
  readonly over: Promise<void>
  readonly #options: AskOptions
  #body: BodyReader | undefined
  #onBegun: () => void = () => undefined
  #onOver: () => void = () => undefined

  constructor(options: AskOptions) {
    this.#options = options
    this.begun = new Promise((resolve) => {
      this.#onBegun = resolve
    })
    this.over = new Promise((resolve) => {
      this.#onOver = resolve
    })
  }

  read(wire: Buffer): void {
    if (this.endAt !== undefined) return
    const rest = this.#body === undefined ? this.#readHead(wire) : wire
    if (rest === undefined || this.#body === undefined) return
    this.#body.push(rest)
    if (this.#body.isOver) this.close()
  }

  close(): void {
    if (this.endAt !== undefined) return
    this.endAt = readInstantMs()
    const { expected } = this.#options
    if (expected !== undefined && expected.length !== this.bytes) this.isEqual = false
    this.#onBegun()
    this.#onOver()
  }

  #readHead(wire: Buffer): Buffer | undefined {
    const before = this.headers.length
    this.headers += wire.toString('latin1')
    const end = this.headers.indexOf(HEAD_END)
    if (end < 0) return undefined
    this.headAt = readInstantMs()
    this.headers = this.headers.slice(0, end)
    this.status = Number(this.headers.slice(9, 12))
    const length = /\r\ncontent-length: (\d+)/i.exec(this.headers)?.[1]
    this.#body = createBodyReader(
      length === undefined ? undefined : Number(length),
      (piece, start, stop) => this.#note(piece, start, stop),
    )
    return wire.subarray(end + HEAD_END.length - before)
  }

  #note(piece: Buffer, start: number, stop: number): void {
    if (this.firstByteAt === undefined) {
      this.firstByteAt = readInstantMs()
      this.#onBegun()
    }
    const { expected, onBytes } = this.#options
    const after = this.bytes + stop - start
    if (expected !== undefined && this.isEqual) {
      const isSame = piece.compare(
        expected,
        this.bytes,
        Math.min(after, expected.length),
        start,
        stop,
      )
      this.isEqual = isSame === 0
    }
    this.bytes = after
    onBytes?.(after)
  }
}

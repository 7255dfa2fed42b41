import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock, Timer } from '../clock.ts'
import { type BodyEnd, createBodyEnd } from '../http/body-end.ts'
import { type AnswerHead, readAnswerHead } from '../http/message-head.ts'
import { endWatched, type StallOptions, startStall } from '../proxy/stall.ts'

/** An answer on its way from another process to the client. */
export interface AnswerPass {
  /** The next bytes of it. */
  take(bytes: Buffer): void
  /** The connection has ended; false where that is not how this answer ends. */
  finishByClose(): boolean
  readonly isOver: boolean
  /** Whether the connection may carry another request when this is over. */
  readonly connection: 'kept' | 'closed'
}

/** Writes the answer to a request with this method as it comes, its own transfer chunks included. */
export function createAnswerPass(
  method: string,
  response: ServerResponse,
  link: Pick<Socket, 'pause' | 'resume'>,
  clock: Pick<Clock, 'startTimer'>,
): AnswerPass {
  // The first process counts those who take nothing.
  return new Pass(method, response, link, { clock, onStalled() {} })
}

const NOTHING = Buffer.alloc(0)

class Pass implements AnswerPass {
  isOver = false
  readonly #method: string
  readonly #response: ServerResponse
  readonly #link: Pick<Socket, 'pause' | 'resume'>
  readonly #options: StallOptions
  #stall: Timer | undefined
  #unread: Buffer = NOTHING
  #head: AnswerHead | undefined
  #end: BodyEnd | undefined

  constructor(
    method: string,
    response: ServerResponse,
    link: Pick<Socket, 'pause' | 'resume'>,
    options: StallOptions,
  ) {
    this.#method = method
    this.#response = response
    this.#link = link
    this.#options = options
    response.on('drain', () => {
      this.#stall?.cancel()
      link.resume()
    })
    response.once('close', () => this.#stall?.cancel())
  }

  get connection(): 'kept' | 'closed' {
    return this.#head?.connection ?? 'closed'
  }

  take(bytes: Buffer): void {
    if (this.#end !== undefined) {
      this.#pass(this.#end, bytes)
      return
    }
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes])
    const head = readAnswerHead(this.#unread, this.#method)
    if (head === undefined) return
    const rest = this.#unread.subarray(head.bytes)
    this.#unread = NOTHING
    // Interim answers are between the two of us.
    if (head.status < 200) this.take(rest)
    else this.#pass(this.#begin(head), rest)
  }

  finishByClose(): boolean {
    if (this.#head?.framing.kind !== 'close') return false
    this.#finish(NOTHING)
    return true
  }

  #begin(head: AnswerHead): BodyEnd {
    const response = this.#response
    this.#head = head
    this.#end = createBodyEnd(head.framing)
    writeHead(response, head)
    // The bytes are framed already: the header stands, the chunks are theirs.
    response.chunkedEncoding = false
    return this.#end
  }

  #pass(end: BodyEnd, bytes: Buffer): void {
    const body = bytes.subarray(0, end.take(bytes))
    if (end.isOver) this.#finish(body)
    else if (body.length === 0) this.#response.flushHeaders()
    else if (!this.#response.write(body)) this.#wait()
  }

  /** While the link is paused nobody hears that the other side of it has gone. */
  #wait(): void {
    this.#link.pause()
    this.#stall?.cancel()
    this.#stall = startStall(this.#response, this.#options)
  }

  #finish(body: Buffer): void {
    this.isOver = true
    this.#stall?.cancel()
    endWatched(this.#response, body, this.#options)
    // A pause belongs to this answer, the link perhaps to the next.
    this.#link.resume()
  }
}

/** The head as it came; what was set before it was handed over is in the answer itself. */
function writeHead(response: ServerResponse, { status, phrase, lines }: AnswerHead): void {
  const names = response.getHeaderNames()
  for (const name of names) response.removeHeader(name)
  if (names.length === 0) response.writeHead(status, phrase, [...lines])
  else {
    // Where a header was ever set, Node takes of a name that stands there twice the last line only.
    for (const [name, values] of groupLines(lines)) response.setHeader(name, values)
    response.writeHead(status, phrase)
  }
}

function groupLines(lines: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? ''
    groups.set(name, [...(groups.get(name) ?? []), lines[i + 1] ?? ''])
  }
  return groups
}

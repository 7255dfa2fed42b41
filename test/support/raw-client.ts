import { connect, type Socket } from 'node:net'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly line: string
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** The value of a header, case ignored; undefined where there is none. */
  header(name: string): string | undefined
  readonly body: Buffer
  /** Each transfer chunk, where there were any. */
  readonly chunks: readonly Buffer[]
  /** Whether the end was proved: last chunk, exact length, or nothing to come. */
  readonly end: 'proved' | 'cut'
}

/** What is sent. */
export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string | Buffer
  readonly httpVersion?: '1.0' | '1.1'
  /** Replaces the whole head, line ends included; for what no client library would send. */
  readonly head?: string
}

/** A request on its way. */
export interface RawExchange {
  /** Resolves with all that came when the answer or the connection is over. */
  readonly answer: Promise<RawAnswer>
  /** Resolves when so many bytes of body, chunk framing included, have come, or the answer is over. */
  received(bytes: number): Promise<void>
  /** Stops and starts reading from the socket. */
  readonly socket: Socket
  /** Goes away. */
  abort(): void
}

/** Sends a request over a connection of its own. */
export function send(port: number, request: RawRequest): RawExchange {
  const socket = connect(port, '127.0.0.1')
  const state = { bytes: Buffer.alloc(0), isOver: false }
  const waiting: { bytes: number; resolve: () => void }[] = []
  const wakeWaiting = (): void => {
    const bodyAt = state.bytes.indexOf('\r\n\r\n')
    const got = bodyAt < 0 ? -1 : state.bytes.length - bodyAt - 4
    for (const each of waiting) if (state.isOver || got >= each.bytes) each.resolve()
  }
  const isHead = request.method === 'HEAD'
  const answer = new Promise<RawAnswer>((resolve) => {
    const settle = (): void => {
      state.isOver = true
      wakeWaiting()
      resolve(parse(state.bytes, isHead, true) as RawAnswer)
      socket.destroy()
    }
    socket.on('data', (chunk) => {
      state.bytes = Buffer.concat([state.bytes, chunk])
      wakeWaiting()
      if (parse(state.bytes, isHead, false) !== undefined) settle()
    })
    socket.on('close', settle)
    socket.on('error', () => {})
  })
  socket.write(toBytes(request))
  return {
    answer,
    socket,
    received: (bytes) =>
      new Promise((resolve) => {
        waiting.push({ bytes, resolve })
        wakeWaiting()
      }),
    abort: () => socket.destroy(),
  }
}

/** Sends a request and waits for the whole answer. */
export function exchange(port: number, request: RawRequest): Promise<RawAnswer> {
  return send(port, request).answer
}

/** POSTs JSON and waits for the whole answer. */
export function postJson(
  port: number,
  path: string,
  body: unknown,
  headers: readonly (readonly [string, string])[] = [],
): Promise<RawAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return exchange(port, { method: 'POST', path, headers, body: text })
}

/** All bytes of a request. */
export function toBytes(request: RawRequest): Buffer {
  const { method = 'GET', path, headers = [], httpVersion = '1.1' } = request
  const body = Buffer.from(request.body ?? '')
  if (request.head !== undefined) return Buffer.concat([Buffer.from(request.head, 'latin1'), body])
  const has = (name: string): boolean => headers.some(([each]) => each.toLowerCase() === name)
  const lines = [`${method} ${path} HTTP/${httpVersion}`]
  if (!has('host')) lines.push('Host: 127.0.0.1')
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  if (request.body !== undefined && !has('content-length') && !has('transfer-encoding')) {
    lines.push(`Content-Length: ${body.length}`)
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

/** The answer in the bytes; undefined while it is not over, unless the connection is. */
export function parse(bytes: Buffer, isHead: boolean, isClosed: boolean): RawAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return isClosed ? toAnswer('', [], Buffer.alloc(0), [], 'cut') : undefined
  const [line = '', ...rest] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n')
  const after = bytes.subarray(headEnd + 4)
  const status = Number(line.split(' ')[1])
  if (status === 100) return parse(after, isHead, isClosed)
  const headers = rest.map((each): [string, string] => {
    const colon = each.indexOf(':')
    return [each.slice(0, colon), each.slice(colon + 1).trim()]
  })
  const find = (name: string) => headers.find(([each]) => each.toLowerCase() === name)?.[1]
  if (isHead || status === 204 || status === 304) {
    return toAnswer(line, headers, Buffer.alloc(0), [], 'proved')
  }
  if (find('transfer-encoding') === 'chunked') return parseChunked(line, headers, after, isClosed)
  const length = find('content-length')
  if (length !== undefined) {
    if (after.length < Number(length) && !isClosed) return undefined
    const end = after.length >= Number(length) ? 'proved' : 'cut'
    return toAnswer(line, headers, after.subarray(0, Number(length)), [], end)
  }
  return isClosed ? toAnswer(line, headers, after, [], 'cut') : undefined
}

function parseChunked(
  line: string,
  headers: [string, string][],
  bytes: Buffer,
  isClosed: boolean,
): RawAnswer | undefined {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size =
      lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const isShort = Number.isNaN(size) || bytes.length < lineEnd + 2 + size + 2
    if (isShort) {
      if (!isClosed) return undefined
      const partial = Number.isNaN(size) ? Buffer.alloc(0) : bytes.subarray(lineEnd + 2)
      return toAnswer(line, headers, Buffer.concat([...chunks, partial]), chunks, 'cut')
    }
    if (size === 0) return toAnswer(line, headers, Buffer.concat(chunks), chunks, 'proved')
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}

function toAnswer(
  line: string,
  headers: [string, string][],
  body: Buffer,
  chunks: Buffer[],
  end: 'proved' | 'cut',
): RawAnswer {
  const header = (name: string): string | undefined =>
    headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1]
  return { line, status: Number(line.split(' ')[1]), headers, header, body, chunks, end }
}

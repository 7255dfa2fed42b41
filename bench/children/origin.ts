// An Ollama that needs no time: what is measured in front of it is the way there and back. It reads
// sockets itself, because it shares its core with the load: Node's server would be the first to be busy.
import { createServer, type Socket } from 'node:net'
import { ANSWERS, JSON_TYPE, type Size, STREAM_TYPE, TAGS } from '../harness/answers.ts'
import { announce } from './announce.ts'

const HEAD_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)

const server = createServer({ noDelay: true }, (socket) => {
  let held: Buffer = NOTHING
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    let taken = takeRequest(held)
    while (taken !== undefined) {
      answer(taken, socket)
      held = taken.rest
      taken = takeRequest(held)
    }
  })
  socket.on('error', () => undefined)
})

interface Taken {
  readonly path: string
  readonly body: Buffer
  readonly rest: Buffer
}

/** The first whole request of what came; bodies have a length here. */
function takeRequest(held: Buffer): Taken | undefined {
  const headBytes = held.indexOf(HEAD_END)
  if (headBytes < 0) return undefined
  const head = held.toString('latin1', 0, headBytes)
  const lengthBytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  const start = headBytes + HEAD_END.length
  if (held.length < start + lengthBytes) return undefined
  const [, path = '/'] = head.split(' ', 2)
  const end = start + lengthBytes
  return { path, body: held.subarray(start, end), rest: held.subarray(end) }
}

function toWhole(status: string, body: Buffer): Buffer {
  return Buffer.concat([toHead(status, JSON_TYPE, `Content-Length: ${body.length}`), body])
}

/** One transfer chunk for each frame, as Ollama flushes each; all of them at once. */
function toStream(frames: readonly Buffer[]): Buffer {
  const chunks = frames.map((frame) =>
    Buffer.concat([Buffer.from(`${frame.length.toString(16)}\r\n`), frame, Buffer.from('\r\n')]),
  )
  const head = toHead('200 OK', STREAM_TYPE, 'Transfer-Encoding: chunked')
  return Buffer.concat([head, ...chunks, Buffer.from('0\r\n\r\n')])
}

function toHead(status: string, type: string, framing: string): Buffer {
  return Buffer.from(`HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`)
}

const RUNS = {
  short: {
    stream: toStream(ANSWERS.short.frames),
    whole: toWhole('200 OK', ANSWERS.short.whole),
  },
  long: { stream: toStream(ANSWERS.long.frames), whole: toWhole('200 OK', ANSWERS.long.whole) },
}

const FIXED: Readonly<Record<string, Buffer>> = {
  '/': toWhole('200 OK', Buffer.from('Ollama is running')),
  '/api/version': toWhole('200 OK', Buffer.from('{"version":"0.12.6"}')),
  '/api/tags': toWhole('200 OK', TAGS),
  '/api/ps': toWhole('200 OK', TAGS),
  '/api/show': toWhole(
    '200 OK',
    Buffer.from('{"template":"{{ .Prompt }}","details":{"family":"bench"}}'),
  ),
}

const UNKNOWN = toWhole('404 Not Found', Buffer.from('{"error":"not found"}'))

function answer({ path, body }: Taken, socket: Socket): void {
  if (path !== '/api/generate') {
    socket.write(FIXED[path] ?? UNKNOWN)
    return
  }
  const size: Size = body.includes('"bench:short"') ? 'short' : 'long'
  socket.write(RUNS[size][body.includes('"stream":false') ? 'whole' : 'stream'])
}

server.listen(0, '127.0.0.1', () => announce(server))

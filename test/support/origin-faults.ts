import type { Plan } from './origin-plan.ts'

/** What the simulated origin does wrong, or at least oddly, on command. */
export type Fault =
  /** The connection is reset before a byte of the answer. */
  | { readonly kind: 'reset-before-headers' }
  /** The connection is closed before a byte of the answer. */
  | { readonly kind: 'close-before-headers' }
  /** Nothing comes, for ever. */
  | { readonly kind: 'hang-before-headers' }
  /** Headers come, and then nothing for ever. */
  | { readonly kind: 'hang-after-headers' }
  /** So many frames, then a reset. */
  | { readonly kind: 'reset-after'; readonly frames: number }
  /** So many frames, then the connection is closed without the last chunk. */
  | { readonly kind: 'close-after'; readonly frames: number }
  /** So many frames and half of the next one, then the connection is closed. */
  | { readonly kind: 'close-inside'; readonly frames: number }
  /** So many frames, then nothing for ever. */
  | { readonly kind: 'hang-after'; readonly frames: number }
  /** So many frames, then an error line, then a clean end: a run that was killed. */
  | { readonly kind: 'error-line'; readonly after: number }
  /** An error line and then all the rest, `done: true` included. */
  | { readonly kind: 'error-line-first' }
  /** `done: true`, and then an error line. */
  | { readonly kind: 'error-line-last' }
  /** A clean end without the last frame. */
  | { readonly kind: 'no-done' }
  /** The last frame has no `done_reason`. */
  | { readonly kind: 'no-reason' }
  /** The last frame says `done_reason: "load"`. */
  | { readonly kind: 'reason-load' }
  /** Bytes that are no JSON behind the last frame. */
  | { readonly kind: 'junk-after-done' }
  /** A blank line behind the last frame. */
  | { readonly kind: 'blank-after-done' }
  /** A blank line between frames. */
  | { readonly kind: 'blank-between' }
  /** The last frame comes twice. */
  | { readonly kind: 'done-twice' }
  /** The last frame comes first. */
  | { readonly kind: 'done-first' }
  /** A line that is no JSON between frames. */
  | { readonly kind: 'invalid-line' }
  /** The last line has no line end. */
  | { readonly kind: 'no-line-end' }
  /** All frames in one transfer chunk. */
  | { readonly kind: 'one-chunk' }
  /** Each byte in a transfer chunk of its own, UTF-8 sequences cut apart. */
  | { readonly kind: 'chunk-per-byte' }
  /** A frame of so many bytes. */
  | { readonly kind: 'long-line'; readonly bytes: number }
  /** Less comes than Content-Length says. */
  | { readonly kind: 'short-length' }
  /** No framing: the body ends when the connection does. */
  | { readonly kind: 'close-delimited' }
  /** 200 and no body at all. */
  | { readonly kind: 'empty-body' }
  /** Another status, with an error as Ollama writes it. */
  | { readonly kind: 'status'; readonly status: number; readonly error: string }
  /** A page of some gateway instead. */
  | { readonly kind: 'html-page'; readonly status: number }
  /** A redirect, which is not to be followed. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** The same header twice. */
  | { readonly kind: 'repeated-header' }
  /** Headers that concern one connection only. */
  | { readonly kind: 'hop-headers' }

/** The plan as the fault makes it. */
export function applyFault(plan: Plan, fault: Fault): Plan {
  const { pieces } = plan
  const last = pieces.at(-1) ?? Buffer.alloc(0)
  const before = pieces.slice(0, -1)
  switch (fault.kind) {
    case 'reset-before-headers':
      return { ...plan, head: 'withheld', pieces: [], ending: 'reset' }
    case 'close-before-headers':
      return { ...plan, head: 'withheld', pieces: [], ending: 'close' }
    case 'hang-before-headers':
      return { ...plan, head: 'withheld', pieces: [], ending: 'hang' }
    case 'hang-after-headers':
      return { ...plan, pieces: [], ending: 'hang' }
    case 'reset-after':
      return { ...plan, pieces: pieces.slice(0, fault.frames), ending: 'reset' }
    case 'close-after':
      return { ...plan, pieces: pieces.slice(0, fault.frames), ending: 'close' }
    case 'hang-after':
      return { ...plan, pieces: pieces.slice(0, fault.frames), ending: 'hang' }
    case 'close-inside': {
      const half = pieces[fault.frames] ?? last
      const cut = half.subarray(0, Math.floor(half.length / 2))
      return { ...plan, pieces: [...pieces.slice(0, fault.frames), cut], ending: 'close' }
    }
    case 'error-line':
      return { ...plan, pieces: [...pieces.slice(0, fault.after), ERROR_LINE] }
    case 'error-line-first':
      return { ...plan, pieces: [ERROR_LINE, ...pieces] }
    case 'error-line-last':
      return { ...plan, pieces: [...pieces, ERROR_LINE] }
    case 'no-done':
      return { ...plan, pieces: before }
    case 'no-reason':
      return { ...plan, pieces: [...before, replace(last, /"done_reason":"[a-z]*",?/, '')] }
    case 'reason-load':
      return { ...plan, pieces: [...before, replace(last, /"done_reason":"[a-z]*"/, LOAD)] }
    case 'junk-after-done':
      return { ...plan, pieces: [...pieces, Buffer.from('junk')] }
    case 'blank-after-done':
      return { ...plan, pieces: [...pieces, Buffer.from('\n')] }
    case 'blank-between':
      return { ...plan, pieces: [...before, Buffer.from('\n'), last] }
    case 'done-twice':
      return { ...plan, pieces: [...pieces, last] }
    case 'done-first':
      return { ...plan, pieces: [last, ...before] }
    case 'invalid-line':
      return { ...plan, pieces: [...before, Buffer.from('{"model":\n'), last] }
    case 'no-line-end':
      return { ...plan, pieces: [...before, last.subarray(0, -1)] }
    case 'one-chunk':
      return { ...plan, pieces: [Buffer.concat(pieces)] }
    case 'chunk-per-byte':
      return { ...plan, pieces: [...Buffer.concat(pieces)].map((byte) => Buffer.from([byte])) }
    case 'long-line': {
      const frame = pieces[0] ?? last
      const long = replace(frame, /"(response|content)":"/, `"$1":"${'x'.repeat(fault.bytes)}`)
      return { ...plan, pieces: [long, ...pieces.slice(1)] }
    }
    case 'short-length': {
      const body = Buffer.concat(pieces)
      const headers = [...plan.headers, ['Content-Length', String(body.length + 10)]] as const
      return { ...plan, headers, framing: 'close', pieces: [body], ending: 'close' }
    }
    case 'close-delimited':
      return { ...plan, framing: 'close' }
    case 'empty-body':
      return { ...plan, pieces: [], framing: 'length' }
    case 'status':
      return toShort(fault.status, 'application/json; charset=utf-8', { error: fault.error })
    case 'html-page':
      return { ...toShort(fault.status, 'text/html', {}), pieces: [Buffer.from('<h1>no</h1>')] }
    case 'redirect':
      return {
        ...toShort(307, 'text/html; charset=utf-8', {}),
        headers: [['Location', fault.location]],
        pieces: [],
      }
    case 'repeated-header':
      return { ...plan, headers: [...plan.headers, ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']] }
    case 'hop-headers':
      return {
        ...plan,
        headers: [...plan.headers, ['Keep-Alive', 'timeout=9'], ['Proxy-Connection', 'x']],
      }
  }
}

const ERROR_LINE = Buffer.from(
  '{"error":"an error was encountered while running the model: unexpected EOF"}\n',
)
const LOAD = '"done_reason":"load"'

function replace(bytes: Buffer, pattern: RegExp, text: string): Buffer {
  return Buffer.from(bytes.toString().replace(pattern, text))
}

function toShort(status: number, type: string, value: object): Plan {
  return {
    status,
    headers: [['Content-Type', type]],
    pieces: [Buffer.from(JSON.stringify(value))],
    framing: 'length',
    ending: 'proper',
    head: 'sent',
  }
}

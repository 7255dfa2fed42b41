import { readFrame } from './frame.ts'
import { toGoString } from './go-json.ts'

/** What is replaced in a frame when it is given again. */
type Slot = 'model' | 'created_at'

/** One frame as bytes that stay and places that are filled anew. */
interface FrameTemplate {
  readonly slots: readonly Slot[]
  /** One more than there are slots: the bytes before, between and behind them. */
  readonly fixed: readonly Buffer[]
  readonly fixedBytes: number
}

/** The frames of an answer, prepared once and rendered for each client. */
export interface Template {
  readonly frames: readonly FrameTemplate[]
}

/**
 * Finds in each frame what will be replaced; every other byte stays as the origin wrote it. Empty frames
 * are left out: as a transfer chunk, one would be the last (RFC 9112 §7.1).
 */
export function prepareTemplate(frames: readonly Buffer[]): Template {
  return { frames: frames.filter((frame) => frame.length > 0).map(prepareFrame) }
}

function prepareFrame(frame: Buffer): FrameTemplate {
  const members = readFrame(frame)
  const slots: Slot[] = []
  const fixed: Buffer[] = []
  let from = 0
  for (const [name, { type, start, end }] of members ?? []) {
    if ((name !== 'model' && name !== 'created_at') || type !== 'string') continue
    slots.push(name)
    fixed.push(frame.subarray(from, start))
    from = end
  }
  fixed.push(frame.subarray(from))
  return { slots, fixed, fixedBytes: fixed.reduce((sum, part) => sum + part.length, 0) }
}

/** The values of one answer, as JSON strings with their quotes. */
type Values = Readonly<Record<Slot, Buffer>>

function toValues(model: string, createdAt: string): Values {
  return {
    model: Buffer.from(toGoString(model)),
    created_at: Buffer.from(JSON.stringify(createdAt)),
  }
}

/** One buffer per frame. */
export function renderFrames(template: Template, model: string, createdAt: string): Buffer[] {
  const values = toValues(model, createdAt)
  return template.frames.map((frame) => {
    const target = Buffer.allocUnsafe(lengthOf(frame, values))
    writeFrame(frame, values, target)
    return target
  })
}

/** One frame with another model's name in it, and every other byte as it was. */
export function renameFrame(frame: Buffer, model: string): Buffer {
  const member = readFrame(frame)?.get('model')
  if (member?.type !== 'string') return frame
  const name = Buffer.from(toGoString(model))
  return Buffer.concat([frame.subarray(0, member.start), name, frame.subarray(member.end)])
}

/** How the frames of an answer are put together. */
export type Framing =
  /** Behind each other: for a body that is one object. */
  | 'plain'
  /** One transfer chunk each (RFC 9112 §7.1), the last chunk included. */
  | 'chunked'

/** All frames behind each other. */
export function renderWhole(template: Template, model: string, createdAt: string): Buffer {
  return compose(template, 'plain', toValues(model, createdAt)).bytes
}

/**
 * All frames in one buffer that already has the framing of HTTP/1.1. One such write is five times as fast
 * as a write per frame (58.9 k against 11.8 k answers of 100 frames per second).
 */
export function renderChunked(template: Template, model: string, createdAt: string): Buffer {
  return compose(template, 'chunked', toValues(model, createdAt)).bytes
}

/** Renders one answer for one client after the other. What it returns is shared, and must not be written to. */
export type Renderer = (model: string, createdAt: string) => Buffer

/**
 * Renders as `renderWhole` and `renderChunked` do, but from the answer before: one copy, with the instant
 * written over; and none at all for the same client's name within the same millisecond.
 */
export function createRenderer(template: Template, framing: Framing): Renderer {
  let last: Composition & { model: string; createdAt: string } = {
    model: '',
    createdAt: '',
    bytes: Buffer.alloc(0),
    instants: [],
  }
  return (model, createdAt) => {
    if (last.model === model && last.createdAt === createdAt) return last.bytes
    if (last.model === model && last.createdAt.length === createdAt.length) {
      last = { ...last, createdAt, bytes: rewrite(last.bytes, last.instants, createdAt) }
    } else {
      last = { model, createdAt, ...compose(template, framing, toValues(model, createdAt)) }
    }
    return last.bytes
  }
}

function rewrite(bytes: Buffer, instants: readonly number[], createdAt: string): Buffer {
  const copy = Buffer.from(bytes)
  const instant = Buffer.from(createdAt)
  // Behind the opening quote.
  for (const at of instants) copy.set(instant, at + 1)
  return copy
}

const LINE_END = '\r\n'
const LAST_CHUNK = '0\r\n\r\n'

/** A rendered answer, and the offsets at which `created_at` stands in it. */
interface Composition {
  readonly bytes: Buffer
  readonly instants: number[]
}

function compose(template: Template, framing: Framing, values: Values): Composition {
  const pieces: Buffer[] = []
  const instants: number[] = []
  let at = 0
  const push = (piece: Buffer): void => {
    pieces.push(piece)
    at += piece.length
  }
  for (const frame of template.frames) {
    if (framing === 'chunked') push(Buffer.from(lengthOf(frame, values).toString(16) + LINE_END))
    for (const [i, part] of frame.fixed.entries()) {
      push(part)
      const slot = frame.slots[i]
      if (slot === 'created_at') instants.push(at)
      if (slot !== undefined) push(values[slot])
    }
    if (framing === 'chunked') push(Buffer.from(LINE_END))
  }
  if (framing === 'chunked') push(Buffer.from(LAST_CHUNK))
  return { bytes: Buffer.concat(pieces, at), instants }
}

function lengthOf(frame: FrameTemplate, values: Values): number {
  return frame.slots.reduce((sum, slot) => sum + values[slot].length, frame.fixedBytes)
}

/** Writes a frame into the target. */
function writeFrame(frame: FrameTemplate, values: Values, target: Buffer): void {
  let at = 0
  for (const [i, part] of frame.fixed.entries()) {
    at += part.copy(target, at)
    const slot = frame.slots[i]
    if (slot !== undefined) at += values[slot].copy(target, at)
  }
}

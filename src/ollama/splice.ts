import { LAST_CHUNK, type Row, toChunkRow } from '../http/chunk.ts'
import { type FrameMembers, readFrame } from './frame.ts'
import { toGoString } from './go-json.ts'
import { createPlainReader } from './plain-frame.ts'

/** What is replaced in a frame when it is given again. */
type Slot = 'model' | 'created_at'

const SLOTS: readonly Slot[] = ['model', 'created_at']

/** Numbers that a place takes among the places of a template. */
const PLACE_NUMBERS = 3

/**
 * The frames of an answer, prepared once and rendered for each client: bytes that stay, and places that are filled
 * anew. Two objects for all of it, and not seven for each frame: that was 74 KB for an answer of 11 KB.
 */
export interface Template {
  /** All frames behind each other: their own memory, where they stand so already. */
  readonly bytes: Buffer
  /** Where each frame ends. */
  readonly ends: readonly number[]
  /** Of each place, in their order: where it begins, where it ends, and the number of its slot. */
  readonly places: Uint32Array
}

/**
 * Finds in each frame what will be replaced; every other byte stays as the origin wrote it. Empty frames
 * are left out: as a transfer chunk, one would be the last (RFC 9112 §7.1).
 */
export function prepareTemplate(rows: readonly Row[]): Template {
  const ends: number[] = []
  const places: number[] = []
  let size = 0
  for (const { bytes, start, ends: rowEnds } of rows) {
    const found: Found = { places, shift: size - start }
    let from = start
    for (const to of rowEnds) {
      if (to === from) continue
      findPlaces(bytes, from, to, found)
      ends.push(to + found.shift)
      from = to
    }
    size += from - start
  }
  return { bytes: toOnePiece(rows, size), ends, places: Uint32Array.from(places) }
}

/** Finds the same in a body that is one object, of which it is known where its members stand. */
export function prepareObject(bytes: Buffer, members: FrameMembers): Template {
  const places: number[] = []
  takePlaces(members, 0, places)
  return { bytes, ends: [bytes.length], places: Uint32Array.from(places) }
}

/** What was found in frames that will stand so many bytes further on. */
interface Found {
  readonly places: number[]
  readonly shift: number
}

const plain = createPlainReader()

function findPlaces(bytes: Buffer, from: number, to: number, { places, shift }: Found): void {
  if (plain.read(bytes, from, to)) {
    places.push(shift + plain.modelStart, shift + plain.modelEnd, 0)
    places.push(shift + plain.createdStart, shift + plain.createdEnd, 1)
    return
  }
  const members = readFrame(bytes.subarray(from, to))
  if (members !== undefined) takePlaces(members, shift + from, places)
}

function takePlaces(members: FrameMembers, at: number, places: number[]): void {
  for (const [name, { type, start, end }] of members) {
    const slot = SLOTS.indexOf(name as Slot)
    if (slot >= 0 && type === 'string') places.push(at + start, at + end, slot)
  }
}

/** All frames behind each other: those of one row stand so already. */
function toOnePiece(rows: readonly Row[], size: number): Buffer {
  const pieces = rows.map(({ bytes, start, ends }) => bytes.subarray(start, ends.at(-1) ?? start))
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : join(pieces, size)
}

/** In memory that others have no part of: it is kept. */
function join(frames: readonly Buffer[], size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const frame of frames) at += frame.copy(bytes, at)
  return bytes
}

/** The values of one answer, as JSON strings with their quotes, by the number of their slot. */
type Values = readonly Buffer[]

function toValues({ model, createdAt }: Stamp): Values {
  const texts = { model: toGoString(model), created_at: JSON.stringify(createdAt) }
  return SLOTS.map((slot) => Buffer.from(texts[slot]))
}

/** One buffer per frame. */
export function renderFrames(template: Template, stamp: Stamp): Buffer[] {
  const { bytes, ends } = fill(template, toValues(stamp))
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
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

/** What is new each time an answer is given. */
export interface Stamp {
  readonly model: string
  /** As Go prints it. */
  readonly createdAt: string
}

/** An answer put together for one client. */
export interface Rendered {
  readonly bytes: Buffer
  /** How those bytes become the answer of a later instant. */
  readonly instants: Instants
}

/**
 * All frames in one buffer. With chunks it already has the framing of HTTP/1.1: one such write is five times as fast as a
 * write per frame (58.9 k against 11.8 k answers of 100 frames per second).
 */
export function render(template: Template, framing: Framing, stamp: Stamp): Rendered {
  const filled = fill(template, toValues(stamp))
  if (framing === 'plain') {
    return { bytes: filled.bytes, instants: new Instants(stamp, filled.instants) }
  }
  const row = toChunkRow({ ...filled, start: 0 })
  const bytes = join([row.bytes, LAST_CHUNK], row.bytes.length + LAST_CHUNK.length)
  return { bytes, instants: new Instants(stamp, moveInto(row, filled)) }
}

/** Where the instants of a rendered answer stand: another one can be written over them, whoever holds the bytes now. */
export class Instants {
  readonly #model: string
  readonly #places: Uint32Array
  #createdAt: string

  constructor({ model, createdAt }: Stamp, places: readonly number[]) {
    this.#model = model
    this.#createdAt = createdAt
    this.#places = Uint32Array.from(places)
  }

  /** Makes the answer that stands in `bytes` from `at` on that of a later instant; false, and nothing is written, where it would be longer or shorter. */
  overwrite(bytes: Buffer, at: number, { model, createdAt }: Stamp): boolean {
    const { length } = createdAt
    if (model !== this.#model || length !== this.#createdAt.length) return false
    // Most often the last few characters are all that differs.
    const from = countAlike(this.#createdAt, createdAt)
    for (const place of from < length ? this.#places : []) {
      // Behind the opening quote.
      const start = at + place + 1
      for (let i = from; i < length; i++) bytes[start + i] = createdAt.charCodeAt(i)
    }
    this.#createdAt = createdAt
    return true
  }
}

function countAlike(one: string, other: string): number {
  let count = 0
  while (count < one.length && one.charCodeAt(count) === other.charCodeAt(count)) count += 1
  return count
}

/** Rendered bytes, and the offsets at which `created_at` stands in them. */
interface Composition {
  readonly bytes: Buffer
  readonly instants: readonly number[]
}

/** Where the instants stand once their frames are in chunks, which end alike. */
function moveInto(chunks: Row, { instants, ends }: Filled): number[] {
  let index = 0
  return instants.map((at) => {
    while ((ends[index] ?? Infinity) <= at) index += 1
    const behind = (ends[index] ?? 0) - at
    return (chunks.ends[index] ?? 0) - LINE_END_BYTES - behind
  })
}

/** Behind the bytes of a chunk stands a line end. */
const LINE_END_BYTES = 2

/** All frames with the values in them, behind each other. */
interface Filled extends Composition {
  readonly ends: readonly number[]
}

function fill({ bytes, ends, places }: Template, values: Values): Filled {
  const target = Buffer.allocUnsafeSlow(bytes.length + toGrowth(places, values))
  const instants: number[] = []
  const filledEnds: number[] = []
  let from = 0
  let at = 0
  let place = 0
  for (const end of ends) {
    for (; (places[place] ?? Infinity) < end; place += PLACE_NUMBERS) {
      const slot = places[place + 2] ?? 0
      at += bytes.copy(target, at, from, places[place])
      if (SLOTS[slot] === 'created_at') instants.push(at)
      at += values[slot]?.copy(target, at) ?? 0
      from = places[place + 1] ?? end
    }
    at += bytes.copy(target, at, from, end)
    from = end
    filledEnds.push(at)
  }
  return { bytes: target, ends: filledEnds, instants }
}

/** How much longer all of it is with the values in it. */
function toGrowth(places: Uint32Array, values: Values): number {
  let growth = 0
  for (let place = 0; place < places.length; place += PLACE_NUMBERS) {
    const [start = 0, end = 0, slot = 0] = [places[place], places[place + 1], places[place + 2]]
    growth += (values[slot]?.length ?? 0) - (end - start)
  }
  return growth
}

import type { Row } from '../http/chunk.ts'
import type { Sink } from './canonical-values.ts'
import type { Columns } from './columns.ts'
import type { PlainRun } from './plain-run.ts'
import {
  FIRST_INSTANT_BYTES,
  HEAD_BYTES,
  KIND_BYTES,
  LAST_KIND,
  LONG,
  NAMES,
  RUN_HEAD_BYTES,
  SINGLE,
  WORD,
} from './run-layout.ts'
import { StoredRun } from './stored-run.ts'

/**
 * Columns as bytes, all numbers little-endian and of 32 bits: the count of the frames and their bytes, then the spans.
 *
 * | bytes       | of a run of `n`                                                                          |
 * | ----------- | ---------------------------------------------------------------------------------------- |
 * | 1           | 1: `response`, 2: `content`; and 2 more where it is the thinking that is said             |
 * | 20          | `n`, and the bytes of the frames, of the model, of the lengths, and of all that is said   |
 * | …           | the model, as it stands between its quotes                                               |
 * | 8           | the first instant: seconds since the epoch, and nanoseconds                              |
 * | 4 × (n - 1) | nanoseconds from each instant to the next                                                |
 * | …           | the length of what each frame says: one byte below 255, or 255 and then four             |
 * | …           | what they say                                                                            |
 *
 * A frame by itself is 0, its length, and the frame.
 */
export function writeColumns({ spans, size, count }: Columns, before = 0): Buffer<ArrayBuffer> {
  let packedSize = before + HEAD_BYTES
  for (const span of spans) packedSize += sizeOf(span)
  const target = Buffer.allocUnsafeSlow(packedSize)
  let at = target.writeUInt32LE(size, target.writeUInt32LE(count, before))
  for (const span of spans) at = writeSpan(target, at, span)
  return target
}

type Written = PlainRun | Buffer

/** How many bytes columns take as bytes. */
export function sizeOfColumns({ spans }: Columns): number {
  let size = HEAD_BYTES
  for (const span of spans) size += sizeOf(span)
  return size
}

function sizeOf(span: Written): number {
  if (Buffer.isBuffer(span)) return KIND_BYTES + WORD + span.length
  const { model, steps, said } = span
  const instants = FIRST_INSTANT_BYTES + WORD * steps.length
  return RUN_HEAD_BYTES + model.length + instants + sizeOfLengths(span) + said.end
}

function sizeOfLengths({ lengths }: PlainRun): number {
  let size = lengths.length
  for (const length of lengths) if (length >= LONG) size += WORD
  return size
}

function writeSpan(target: Buffer, start: number, span: Written): number {
  if (!Buffer.isBuffer(span)) return writeRun(target, start, span)
  const at = target.writeUInt32LE(span.length, target.writeUInt8(SINGLE, start))
  return at + span.copy(target, at)
}

function writeRun(target: Buffer, start: number, run: PlainRun): number {
  const { name, isThinking, model, size, said, steps, lengths, seconds, nanos } = run
  let at = target.writeUInt8(1 + NAMES.indexOf(name) + (isThinking ? NAMES.length : 0), start)
  for (const each of [lengths.length, size, model.length, sizeOfLengths(run), said.end]) {
    at = target.writeUInt32LE(each, at)
  }
  at += model.copy(target, at)
  at = target.writeUInt32LE(nanos, target.writeUInt32LE(seconds, at))
  for (const step of steps) at = target.writeUInt32LE(step, at)
  for (const length of lengths) {
    if (length < LONG) target[at++] = length
    else at = target.writeUInt32LE(length, target.writeUInt8(LONG, at))
  }
  return at + said.frame.copy(target, at, 0, said.end)
}

/** How many bytes the frames have. */
export function sizeOfUnpacked(packed: Buffer): number {
  return packed.readUInt32LE(WORD)
}

/** A span as it stands in packed bytes. */
export type StoredSpan = StoredRun | Buffer

/** The spans again; undefined where the numbers do not add up. */
export function readSpans(packed: Buffer): StoredSpan[] | undefined {
  if (packed.length < HEAD_BYTES) return undefined
  const spans: StoredSpan[] = []
  let [at, count, size] = [HEAD_BYTES, 0, 0]
  while (at < packed.length) {
    const span = readSpan(packed, at)
    if (span === undefined) return undefined
    spans.push(span)
    at = Buffer.isBuffer(span) ? at + KIND_BYTES + WORD + span.length : span.end
    count += Buffer.isBuffer(span) ? 1 : span.count
    size += Buffer.isBuffer(span) ? span.length : span.size
  }
  return count === packed.readUInt32LE(0) && size === sizeOfUnpacked(packed) ? spans : undefined
}

function readSpan(packed: Buffer, at: number): StoredSpan | undefined {
  const kind = packed[at] ?? LAST_KIND
  const headBytes = kind === SINGLE ? KIND_BYTES + WORD : RUN_HEAD_BYTES
  const start = at + headBytes
  if (kind > LAST_KIND || start > packed.length) return undefined
  if (kind === SINGLE) {
    const end = start + packed.readUInt32LE(at + KIND_BYTES)
    return end > packed.length ? undefined : packed.subarray(start, end)
  }
  const run = new StoredRun(packed, at)
  return run.isSound() ? run : undefined
}

/** All frames behind each other, as they came. */
export function unpackSpans(spans: readonly StoredSpan[], size: number): Row {
  const sink: Sink = { bytes: Buffer.allocUnsafeSlow(size), at: 0 }
  const ends: number[] = []
  for (const span of spans) {
    if (Buffer.isBuffer(span)) {
      sink.at += span.copy(sink.bytes, sink.at)
      ends.push(sink.at)
    } else span.write(sink, ends)
  }
  return { bytes: sink.bytes, start: 0, ends }
}

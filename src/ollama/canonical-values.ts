import { BACKSLASH, isSpace, QUOTE, skipSpace } from './lexemes.ts'
import { decodeString, hasEscape, type Member, skipString } from './walk.ts'

/** Bytes written so far. */
export interface Sink {
  readonly bytes: Buffer
  at: number
}

/** Copies a value without its insignificant white space, with every text in its shortest spelling. */
export function writeValue(sink: Sink, bytes: Buffer, member: Pick<Member, 'start' | 'end'>): void {
  let run = member.start
  let at = member.start
  while (at < member.end) {
    const end = endOfPiece(bytes, at)
    const spelling = respell(bytes, at, end)
    if (spelling !== undefined) {
      writeBytes(sink, bytes, run, at)
      writeText(sink, spelling)
      run = end
    }
    at = end
  }
  writeBytes(sink, bytes, run, member.end)
}

/**
 * The same in steps of some `stepBytes`: 20 MB of text that is dense with escapes take 190 ms, and everybody
 * else would wait for so long.
 */
export function* writeValueInSteps(
  sink: Sink,
  bytes: Buffer,
  { start, end }: Pick<Member, 'start' | 'end'>,
  stepBytes: number,
): Generator<undefined, void> {
  for (let at = start; at < end; ) {
    const next = endOfStep(bytes, at, end, stepBytes)
    const isLongText = next - at > stepBytes && endOfPiece(bytes, at) === next
    if (isLongText) yield* writeTextInSteps(sink, bytes, { start: at, end: next }, stepBytes)
    else writeValue(sink, bytes, { start: at, end: next })
    at = next
    if (at < end) yield
  }
}

/** Behind so many whole pieces as make a step; a string that is longer than one is a step by itself. */
function endOfStep(bytes: Buffer, start: number, end: number, stepBytes: number): number {
  let at = start
  while (at < end && at - start < stepBytes) {
    const next = endOfPiece(bytes, at)
    if (bytes[at] === QUOTE && next - at > stepBytes) return at === start ? next : at
    at = next
  }
  return at
}

/** A string, respelled part by part. */
function* writeTextInSteps(
  sink: Sink,
  bytes: Buffer,
  { start, end }: Pick<Member, 'start' | 'end'>,
  stepBytes: number,
): Generator<undefined, void> {
  if (!hasEscape(bytes, start, end)) {
    writeBytes(sink, bytes, start, end)
    return
  }
  writeText(sink, '"')
  for (let at = start + 1; at < end - 1; ) {
    const next = endOfPart(bytes, at, Math.min(at + stepBytes, end - 1))
    const text = JSON.parse(`"${bytes.toString('utf8', at, next)}"`) as string
    writeText(sink, JSON.stringify(text).slice(1, -1))
    at = next
    yield
  }
  writeText(sink, '"')
}

/** The first offset from `least` on at which a string can be parted: within no escape, surrogate pair or character. */
function endOfPart(bytes: Buffer, start: number, least: number): number {
  let at = start
  while (at < least || isContinuation(bytes[at])) {
    if (bytes[at] !== BACKSLASH) at += 1
    else if (bytes[at + 1] !== LOWER_U) at += 2
    else at += isHighSurrogate(bytes, at) ? 12 : 6
  }
  return at
}

const LOWER_U = 0x75

/** Behind the first byte of a character of several. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

/** Whether the escape is the first half of a pair, D800 to DBFF; the other half follows (the tokenizer has seen to that). */
function isHighSurrogate(bytes: Buffer, at: number): boolean {
  const [first = 0, second = 0] = [bytes[at + 2], bytes[at + 3]]
  const lower = second | 0x20
  const isEightToB = second === 0x38 || second === 0x39 || lower === 0x61 || lower === 0x62
  return (first | 0x20) === 0x64 && isEightToB
}

function endOfPiece(bytes: Buffer, at: number): number {
  if (bytes[at] === QUOTE) return skipString(bytes, at)
  return isSpace(bytes[at]) ? skipSpace(bytes, at) : at + 1
}

/** What stands for a piece in the canonical form; undefined where it stands for itself. */
function respell(bytes: Buffer, at: number, end: number): string | undefined {
  const first = bytes[at]
  if (isSpace(first)) return ''
  if (first !== QUOTE || !hasEscape(bytes, at, end)) return undefined
  return JSON.stringify(decodeString(bytes, at, end))
}

/** Up to here a loop is faster than a native copy; indented bodies are made of such runs. */
const SHORT_RUN_BYTES = 32

/** Copies bytes as they are. */
export function writeBytes(sink: Sink, bytes: Buffer, start: number, end: number): void {
  if (end - start > SHORT_RUN_BYTES) sink.at += bytes.copy(sink.bytes, sink.at, start, end)
  else for (let at = start; at < end; at++) sink.bytes[sink.at++] = bytes[at] as number
}

/** Writes text as UTF-8. */
export function writeText(sink: Sink, text: string): void {
  if (text.length > SHORT_RUN_BYTES || !writeAscii(sink, text)) {
    sink.at += sink.bytes.write(text, sink.at)
  }
}

/** False where the text is not ASCII: then nothing of it counts as written. */
function writeAscii(sink: Sink, text: string): boolean {
  const { bytes, at } = sink
  const { length } = text
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) return false
    bytes[at + i] = code
  }
  sink.at = at + length
  return true
}

import { isUtf8 } from 'node:buffer'
import { BACKSLASH, endOfEscape, QUOTE } from './lexemes.ts'

/**
 * Reads the frames that most are: the model, the instant, a piece of text or of thinking, and that more comes.
 * What it says of a frame is what the tokenizer and the members would have said, at a tenth of their cost
 * (0.2 µs against 1.6 µs); of any other frame it says nothing, and those are read by them.
 */
export interface PlainReader {
  /** Whether the bytes from `from` to `to` are one plain frame; the places below are then those of its texts. */
  read(bytes: Buffer, from: number, to: number): boolean
  /** The model and the instant, their quotes among them. */
  readonly modelStart: number
  readonly modelEnd: number
  readonly createdStart: number
  readonly createdEnd: number
  /** What the text is called: `content` where it stands in a message. */
  readonly name: 'response' | 'content'
  /** Where the text begins, behind its opening quote. */
  readonly textStart: number
  /** Where its closing quote stands. */
  readonly textEnd: number
  /** The same of the thinking; -1 where the frame has none. */
  readonly thinkingStart: number
  readonly thinkingEnd: number
}

/** The members stand in the order of Ollama's Go types; 97 of 100 recorded frames are such. */
const BEGIN = Buffer.from('{"model":"')
const CREATED = Buffer.from(',"created_at":"')
const RESPONSE = Buffer.from(',"response":"')
const MESSAGE = Buffer.from(',"message":{"role":"assistant","content":"')
const THINKING = Buffer.from(',"thinking":"')
const BEHIND_RESPONSE = Buffer.from(',"done":false}\n')
const BEHIND_MESSAGE = Buffer.from('},"done":false}\n')

/** The bytes of plain frames that are the same in all that are called so, and say the same kind of thing. */
export interface PlainPieces {
  /** Before the model, with its opening quote. */
  readonly begin: Buffer
  /** Behind the model, up to the instant. */
  readonly created: Buffer
  /** Behind the instant, up to what is said. */
  readonly said: Buffer
  /** Behind what is said. */
  readonly end: Buffer
}

/** The pieces of one kind of plain frame. */
export function piecesOf(name: PlainReader['name'], isThinking: boolean): PlainPieces {
  return PIECES[name][isThinking ? 'thinking' : 'text']
}

const QUOTE_BYTE = Buffer.from('"')

function toPieces(text: Buffer, behind: Buffer, ...thinking: Buffer[]): PlainPieces {
  return {
    begin: BEGIN,
    created: Buffer.concat([QUOTE_BYTE, CREATED]),
    said: Buffer.concat([QUOTE_BYTE, text, ...thinking]),
    end: Buffer.concat([QUOTE_BYTE, behind]),
  }
}

const PIECES = {
  response: {
    text: toPieces(RESPONSE, BEHIND_RESPONSE),
    thinking: toPieces(RESPONSE, BEHIND_RESPONSE, QUOTE_BYTE, THINKING),
  },
  content: {
    text: toPieces(MESSAGE, BEHIND_MESSAGE),
    thinking: toPieces(MESSAGE, BEHIND_MESSAGE, QUOTE_BYTE, THINKING),
  },
}

const SPACE = 0x20

/** 1 for each byte that stands for itself in a text, and is ASCII: one look at a byte instead of four. */
export const ORDINARY: Uint8Array = new Uint8Array(256).fill(1, SPACE, 0x80)
ORDINARY[QUOTE] = 0
ORDINARY[BACKSLASH] = 0

/** A reader of its own; it is its own result, so that nothing is made for a frame. */
export function createPlainReader(): PlainReader {
  return new Scanner()
}

class Scanner implements PlainReader {
  modelStart = -1
  modelEnd = -1
  createdStart = -1
  createdEnd = -1
  name: PlainReader['name'] = 'response'
  textStart = -1
  textEnd = -1
  thinkingStart = -1
  thinkingEnd = -1
  #isAscii = true

  read(bytes: Buffer, from: number, to: number): boolean {
    this.#isAscii = true
    const model = match(bytes, from, to, BEGIN)
    this.modelStart = model - 1
    this.modelEnd = this.#endOfText(bytes, model, to)
    const created = match(bytes, this.modelEnd, to, CREATED)
    this.createdStart = created - 1
    this.createdEnd = this.#endOfText(bytes, created, to)
    this.#findText(bytes, this.createdEnd, to)
    const behindText = this.#endOfText(bytes, this.textStart, to)
    this.textEnd = behindText - 1
    this.thinkingStart = match(bytes, behindText, to, THINKING)
    const isThinking = this.thinkingStart >= 0
    const end = isThinking ? this.#endOfText(bytes, this.thinkingStart, to) : behindText
    this.thinkingEnd = end - 1
    const behind = this.name === 'response' ? BEHIND_RESPONSE : BEHIND_MESSAGE
    if (match(bytes, end, to, behind) !== to) return false
    return this.#isAscii || isUtf8(bytes.subarray(from, to))
  }

  #findText(bytes: Buffer, at: number, to: number): void {
    this.name = 'response'
    this.textStart = match(bytes, at, to, RESPONSE)
    if (this.textStart >= 0) return
    this.name = 'content'
    this.textStart = match(bytes, at, to, MESSAGE)
  }

  /** The offset behind the quote that closes the string whose text begins at `start`; -1 where there is none before `to`. */
  #endOfText(bytes: Buffer, start: number, to: number): number {
    let at = start
    while (at >= 0 && at < to) {
      while (at < to && ORDINARY[bytes[at] as number] === 1) at += 1
      const byte = at < to ? (bytes[at] as number) : 0
      if (byte === QUOTE) return at + 1
      if (byte < SPACE) return -1
      if (byte >= 0x80) this.#isAscii = false
      at = byte === BACKSLASH ? endOfEscape(bytes, at) : at + 1
    }
    return -1
  }
}

/** The offset behind the expected bytes; -1 where they do not stand at `at` and before `to`, or `at` is -1 itself. */
export function match(bytes: Buffer, at: number, to: number, expected: Buffer): number {
  const { length } = expected
  if (at < 0 || at + length > to) return -1
  for (let i = 0; i < length; i++) if (bytes[at + i] !== expected[i]) return -1
  return at + length
}

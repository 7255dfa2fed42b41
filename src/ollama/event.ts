import { type FrameMembers, readFrame } from './frame.ts'

/** The compatible routes that stream events. */
export type EventRoute =
  | '/v1/chat/completions'
  | '/v1/completions'
  | '/v1/responses'
  | '/v1/messages'

/** One server-sent event as Ollama writes it: at most one name, and one line of data. */
export interface ServerEvent {
  /** Empty where the event has none, as on the chat and completions routes. */
  readonly name: string
  /** The bytes of the data. */
  readonly data: Buffer
  /** Offset of the data in the frame. */
  readonly start: number
  /** The members of the data; undefined where it is no JSON object, as `[DONE]`. */
  readonly members: FrameMembers | undefined
}

/** The data of the last event on the chat and completions routes. */
export const DONE = '[DONE]'

const SHAPE = /^(?:event: ?([^\r\n]*)\r?\n)?data: ?/

/** The event of a frame; undefined for a comment, for several lines of data, and for a part of an event. */
export function readEvent(frame: Buffer): ServerEvent | undefined {
  const head = SHAPE.exec(frame.toString('latin1', 0, MAX_HEAD_BYTES))
  if (head === null) return undefined
  const start = head[0].length
  const end = frame.indexOf('\n', start)
  if (end < 0 || !/^\r?\n$/.test(frame.toString('latin1', end + 1))) return undefined
  const data = frame.subarray(start, frame[end - 1] === CARRIAGE_RETURN ? end - 1 : end)
  return { name: head[1] ?? '', data, start, members: readFrame(data) }
}

const CARRIAGE_RETURN = 0x0d

/** Longer than the name of any event. */
const MAX_HEAD_BYTES = 128

/** Data as a frame, as Ollama writes it: the name only where there is one. */
export function toEventFrame(name: string, data: Buffer | string): Buffer {
  const head = name === '' ? 'data: ' : `event: ${name}\ndata: `
  return Buffer.concat([Buffer.from(head), Buffer.from(data), Buffer.from('\n\n')])
}

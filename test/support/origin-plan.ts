import type { Message } from './corpus.ts'

/** How an answer of the simulated origin goes over the wire. */
export interface Plan {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** One transfer chunk each where the framing is chunked; else written behind each other. */
  readonly pieces: readonly Buffer[]
  readonly framing: 'chunked' | 'length' | 'close'
  /** `proper` ends as the framing demands; the others break it. */
  readonly ending: 'proper' | 'close' | 'reset' | 'hang'
  /** Whether the head is written at all. */
  readonly head: 'sent' | 'withheld'
}

/** A JSON answer as Ollama frames it: Content-Length up to 2048 bytes, else one chunk. */
export function toJsonPlan(status: number, value: unknown, type = JSON_TYPE): Plan {
  return toBodyPlan(status, type, Buffer.from(toGoJson(value)))
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** A body of any type, framed as Go's server does. */
export function toBodyPlan(status: number, type: string | undefined, body: Buffer): Plan {
  return {
    status,
    headers: type === undefined ? [] : [['Content-Type', type]],
    pieces: [body],
    framing: body.length <= 2048 ? 'length' : 'chunked',
    ending: 'proper',
    head: 'sent',
  }
}

/** Frames as Ollama streams them: one line, one transfer chunk. */
export function toStreamPlan(frames: readonly unknown[], type = 'application/x-ndjson'): Plan {
  return {
    status: 200,
    headers: [['Content-Type', type]],
    pieces: frames.map((frame) => Buffer.from(`${toGoJson(frame)}\n`)),
    framing: 'chunked',
    ending: 'proper',
    head: 'sent',
  }
}

/** JSON as Go writes it: `<`, `>`, `&` and the two line separators escaped. */
export function toGoJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A recorded answer, its transfer chunks where they were. */
export function toRecordedPlan(response: Message): Plan {
  const headers = response.headers.filter(
    ([name]) => !/^(content-length|transfer-encoding|connection|date)$/i.test(name),
  )
  const isChunked = response.headers.some(([name]) => /^transfer-encoding$/i.test(name))
  let at = 0
  const pieces = (isChunked ? response.chunks : undefined)?.map((length) => {
    at += length
    return response.body.subarray(at - length, at)
  })
  const hasNoBody = response.body.length === 0
  return {
    status: Number(response.line.split(' ')[1]),
    headers,
    pieces: pieces ?? (hasNoBody ? [] : [response.body]),
    framing: isChunked ? 'chunked' : 'length',
    ending: 'proper',
    head: 'sent',
  }
}

/**
 * A recorded whole answer as a stream that folds to it: first, middle and final frame. Only for
 * recordings without a streamed twin; the fold itself is proved by the real pairs.
 */
export function splitWhole(whole: Plan): Plan {
  const body = JSON.parse(Buffer.concat(whole.pieces).toString()) as Record<string, unknown>
  const { model, created_at } = body
  const toFrame = (text: string) =>
    'message' in body
      ? { model, created_at, message: { role: 'assistant', content: text }, done: false }
      : { model, created_at, response: text, done: false }
  const message = body.message as { content: string } | undefined
  const text = message?.content ?? (body.response as string)
  const characters = [...text]
  const cut = Math.floor(characters.length / 2)
  const last = message
    ? { ...body, message: { ...message, content: '' } }
    : { ...body, response: '' }
  const frames = [
    toFrame(characters.slice(0, cut).join('')),
    toFrame(characters.slice(cut).join('')),
    last,
  ]
  return toStreamPlan(text === '' ? [last] : frames)
}

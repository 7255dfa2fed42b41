import type { Size } from '../harness/answers.ts'
import type { ServerName } from '../harness/field.ts'
import type { Question } from '../harness/load.ts'

/** Whether the answer is asked for in one piece or frame by frame. */
export type Shape = 'whole' | 'stream'

/** A prompt of the length people write, so that reading it counts. */
const PROMPT = 'Summarise the following note in one sentence, in plain words. '.repeat(8)

let asked = 0

/** One question to a model, as the server takes it: the bare Fastify has an address for each answer. */
export function toQuestion(
  server: ServerName,
  size: Size,
  shape: Shape,
  subject: string | number,
): Question {
  const body = JSON.stringify({
    model: `bench:${size}`,
    prompt: `${PROMPT}${subject}`,
    stream: shape === 'stream',
    options: { temperature: 0 },
  })
  const path = server === 'fastify' ? `/${size}/${shape}` : '/api/generate'
  return { method: 'POST', path, body }
}

/** A question that nobody has asked in this run. */
export function toNewQuestion(server: ServerName, size: Size, shape: Shape): Question {
  asked += 1
  return toQuestion(server, size, shape, `new ${asked}`)
}

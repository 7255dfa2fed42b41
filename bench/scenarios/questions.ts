import type { Size } from '../harness/answers.ts'
import type { Contender } from '../harness/comparison.ts'
import { NEW, type Question } from '../harness/load.ts'
import type { Rival } from '../harness/rival.ts'
import { FASTIFY } from '../rivals/fastify.ts'
import { NODE_HTTP } from '../rivals/node-http.ts'

/** Whether the answer is asked for in one piece or frame by frame. */
export type Shape = 'whole' | 'stream'

/** A prompt of the length people write, so that reading it counts. */
const PROMPT = 'Summarise the following note in one sentence, in plain words. '.repeat(8)

/** One question to a model; the temperature says whether its answer may be kept. */
export function toQuestion(
  size: Size,
  shape: Shape,
  subject: string | number,
  temperature = 0,
): Question {
  const body = JSON.stringify({
    model: `bench:${size}`,
    prompt: `${PROMPT}${subject}`,
    stream: shape === 'stream',
    options: { temperature },
  })
  return { method: 'POST', path: '/api/generate', body }
}

/** The same question to all; those that know only fixed answers have an address for each. */
export function askAllOneThing(rivals: readonly Rival[], size: Size, shape: Shape): Contender[] {
  const question = toQuestion(size, shape, 'repeated')
  const fixed = { ...question, path: `/${size}/${shape}` }
  return rivals.map((rival) => ({
    rival,
    asking: { kind: 'in-turn', questions: [FIXED.has(rival) ? fixed : question] },
  }))
}

/** Something that nobody has asked before, each time. */
export function askAllNewThings(
  rivals: readonly Rival[],
  size: Size,
  shape: Shape,
  temperature = 0,
): Contender[] {
  const question = toQuestion(size, shape, NEW, temperature)
  return rivals.map((rival) => ({ rival, asking: { kind: 'always-new', question } }))
}

const FIXED: ReadonlySet<Rival> = new Set([FASTIFY, NODE_HTTP])

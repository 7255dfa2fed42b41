import type { Clock } from '../clock.ts'
import { wantsBase64 } from '../ollama/embedding-inputs.ts'
import { type FrameRules, isFrameRoute, rulesOf } from '../ollama/frame-rules.ts'
import { createIdMint } from '../ollama/fresh-ids.ts'
import type { Question } from '../ollama/question.ts'
import { createSpeaker, type Speaker } from '../ollama/speaker.ts'
import { speakVectors } from '../ollama/spoken-vectors.ts'
import { type Convert, convertWhole } from './converted.ts'
import type { Exchange } from './exchange.ts'
import type { FrameSource } from './frame-source.ts'
import { renameFrames } from './renamed.ts'
import { speakFrames } from './spoken.ts'
import { isWholeWanted } from './whole.ts'

/** What making an answer one client's own needs of the rest. */
export interface PersonalOptions {
  readonly clock: Pick<Clock, 'now'>
  /** From 0 to below 1. */
  readonly random: () => number
}

/** One client's part in a flight. */
interface Part extends PersonalOptions {
  readonly role: 'leader' | 'follower'
  /** Whose request was sent. */
  sent(): Exchange
}

/** How the answer to a request is cut into frames: where it may be kept, and where it is put into other words. */
export function findRules({ identity, question }: Exchange): FrameRules | undefined {
  if (question === undefined || !isFrameRoute(question.route)) return undefined
  const isSpoken = question.speech?.form !== undefined
  return identity !== undefined || isSpoken ? rulesOf(question.route) : undefined
}

/** The flight's frames as this client is to get them: its own spelling of the model, its dialect, its id. */
export function toPersonal(source: FrameSource, exchange: Exchange, part: Part): FrameSource {
  const { question } = exchange
  if (question === undefined) return source
  if (isTranslatedWhole(exchange)) return convertWhole(source, toVectorConvert(question))
  if (findRules(exchange) === undefined) return source
  const { model } = question.reading
  if (question.speech === undefined) {
    return renameFrames(source, model, () => part.sent().question?.reading.model)
  }
  // The whole is put together at the end, and made this client's own there.
  if (isWholeWanted(exchange)) return source
  return speakFrames(source, exchange.path, toSpeaker(exchange, part))
}

/** Texts that were translated and are not split; those of a batch are put together by their own step. */
function isTranslatedWhole({ batch, path, question }: Exchange): boolean {
  return batch === undefined && path === '/v1/embeddings' && question?.route === '/api/embed'
}

function toVectorConvert({ reading, askedDocument }: Question): Convert {
  const encoding = wantsBase64(askedDocument) ? 'base64' : 'float'
  return (status, body) => speakVectors(status, body, { model: reading.model, encoding })
}

function toSpeaker(exchange: Exchange, { role, clock, random }: Part): Speaker | undefined {
  const { speech, reading } = exchange.question ?? {}
  if (speech === undefined || reading === undefined) return undefined
  return createSpeaker(speech, role, {
    model: reading.model,
    createdSeconds: Math.floor(clock.now() / 1000),
    mintId: createIdMint(random),
  })
}

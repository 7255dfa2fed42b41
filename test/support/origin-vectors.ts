import { createHash } from 'node:crypto'
import type { Body } from './origin-decode.ts'
import { type Plan, toBodyPlan, toGoJson, toJsonPlan } from './origin-plan.ts'
import { isCapable, type SimulatedModel } from './origin-world.ts'

const NO_EMBEDDER = 'This server does not support embeddings. Start it with `--embeddings`'

/** A vector that depends on the text and the weights alone, not normalised. */
export function toVector(text: string, { digest }: SimulatedModel, dimensions = 384): number[] {
  const numbers: number[] = []
  for (let block = 0; numbers.length < dimensions; block += 1) {
    const hash = createHash('sha256').update(`${digest}\0${block}\0${text}`).digest()
    for (let at = 0; at < hash.length; at += 4) numbers.push(hash.readInt32BE(at) / 2 ** 31)
  }
  return numbers.slice(0, dimensions).map(toFloat32)
}

/** Enough digits to tell one float32 from the next, and no more. */
function toFloat32(value: number): number {
  return Number(value.toPrecision(8))
}

/** A vector of length one, as `/api/embed` gives it. */
export function toUnitVector(text: string, model: SimulatedModel, dimensions?: unknown): number[] {
  const wanted = typeof dimensions === 'number' && dimensions > 0 ? dimensions : 384
  const vector = toVector(text, model, Math.min(wanted, 384))
  const length = Math.hypot(...vector)
  return vector.map((value) => toFloat32(value / length))
}

/** `POST /api/embed` (corpus 330–354). */
export function embed(body: Body, model: SimulatedModel): Plan {
  const inputs = toInputs(body.input)
  if (inputs === undefined) return toJsonPlan(400, { error: 'invalid input type' })
  if (inputs.length === 0) return toJsonPlan(200, { model: body.model, embeddings: [] })
  if (!isCapable(model, 'embedding')) return toJsonPlan(501, { error: NO_EMBEDDER })
  if (model.writeVector !== undefined) return embedWritten(body, inputs, model.writeVector)
  const embeddings = inputs.map((input) => toUnitVector(input, model, body.dimensions))
  const totals = { total_duration: 30_000_000, load_duration: 1_000_000 }
  const prompt_eval_count = countTokens(inputs)
  return toJsonPlan(200, { model: body.model, embeddings, ...totals, prompt_eval_count })
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** With vectors as they were written elsewhere. One text that is refused fails them all. */
function embedWritten(
  { model, dimensions }: Body,
  inputs: readonly string[],
  write: (text: string) => string | undefined,
): Plan {
  const written = inputs.map((input) => write(input))
  if (written.includes(undefined)) return toJsonPlan(400, { error: TOO_LONG })
  const cut =
    typeof dimensions === 'number' && dimensions > 0 ? dimensions : Number.POSITIVE_INFINITY
  const vectors = written.map((vector = '') => `[${vector.slice(1, -1).split(',').slice(0, cut)}]`)
  const counts = `"total_duration":30000000,"load_duration":1000000,"prompt_eval_count":${countTokens(inputs)}`
  const body = `{"model":${toGoJson(model)},"embeddings":[${vectors}],${counts}}`
  return toBodyPlan(200, JSON_TYPE, Buffer.from(body))
}

/** Ollama's words for a text of more tokens than the model takes, where it may not be cut. */
export const TOO_LONG = 'the input length exceeds the context length'

/** `POST /api/embeddings`, the old one (corpus 355–360). */
export function embedOld(body: Body, model: SimulatedModel): Plan {
  if (!body.prompt) return toJsonPlan(200, { embedding: [] })
  if (!isCapable(model, 'embedding')) return toJsonPlan(500, { error: NO_EMBEDDER })
  const written = model.writeVector?.(String(body.prompt))
  if (written !== undefined) {
    return toBodyPlan(200, JSON_TYPE, Buffer.from(`{"embedding":${written}}`))
  }
  return toJsonPlan(200, { embedding: toVector(String(body.prompt), model) })
}

/** Texts to embed: none for what Ollama takes as nothing, undefined for a wrong type (corpus 334–341). */
export function toInputs(input: unknown): string[] | undefined {
  if (input === undefined || input === '') return []
  if (typeof input === 'string') return [input]
  const isList = Array.isArray(input) && input.every((each) => typeof each === 'string')
  return isList ? (input as string[]) : undefined
}

/** Two for the ends of a text, and one for each word. */
export function countTokens(inputs: readonly string[]): number {
  return inputs.reduce((sum, input) => sum + 2 + input.split(' ').length, 0)
}

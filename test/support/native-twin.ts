import type { Exchange } from './corpus.ts'
import { type Plan, toBodyPlan, toGoJson, toJsonPlan, toStreamPlan } from './origin-plan.ts'

/** A recorded answer of an OpenAI route that is translated, as the native answer that it was made of. */
export interface NativeTwin {
  /** The native route that Ollama itself would have used. */
  readonly path: '/api/chat' | '/api/generate' | '/api/embed'
  /** What the native route answers to a body. */
  plan(body: Buffer): Plan
}

const PATHS: Readonly<Record<string, NativeTwin['path']>> = {
  '/v1/chat/completions': '/api/chat',
  '/v1/completions': '/api/generate',
  '/v1/embeddings': '/api/embed',
}

/** The twin of a recorded exchange, as far as the recording tells; undefined for any other route. */
export function toNativeTwin({ request, response }: Exchange): NativeTwin | undefined {
  const path = PATHS[request.line.split(' ')[1] ?? '']
  if (path === undefined) return undefined
  const status = Number(response.line.split(' ')[1])
  if (status !== 200) {
    const refusal = toError(status, response.body)
    return { path, plan: () => refusal }
  }
  if (path === '/api/embed') {
    const { input } = JSON.parse(request.body.toString()) as { input: string | string[] }
    return { path, plan: toEmbedPlans(response.body, [input].flat()) }
  }
  const frames = response.body.includes('data: ')
    ? toFrames(response.body, path)
    : splitWhole(response.body, path)
  return { path, plan: (body) => toPlan(frames, path, body) }
}

/** The layer's error has the native one inside. */
function toError(status: number, body: Buffer): Plan {
  const value = parse(body) as { error?: { message?: string } } | undefined
  return toJsonPlan(status, { error: value?.error?.message ?? body.toString() })
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

interface Call {
  readonly id: string
  readonly index: number
  readonly function: { readonly name: string; readonly arguments: string }
}

interface Message {
  readonly content?: string
  readonly reasoning?: string
  readonly tool_calls?: readonly Call[]
}

interface Choice {
  readonly delta?: Message
  readonly message?: Message
  readonly text?: string
  readonly finish_reason: string | null
  readonly logprobs?: { readonly content: readonly unknown[] } | null
}

interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

interface Answer {
  readonly model: string
  readonly choices: readonly Choice[]
  readonly usage?: Usage
}

type Frame = Record<string, unknown>

/** One frame for each chunk that tells of the answer; the counts, where they are told, are in the last. */
function toFrames(body: Buffer, path: string): Frame[] {
  const chunks = body
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Answer)
  const usage = chunks.flatMap((chunk) => chunk.usage ?? []).at(-1)
  return chunks.flatMap(({ model, choices: [choice] }) =>
    choice === undefined ? [] : [toFrame(path, model, choice, usage)],
  )
}

function toFrame(path: string, model: string, choice: Choice, usage: Usage | undefined): Frame {
  const { delta, text = '', finish_reason: reason, logprobs } = choice
  const done = reason === null ? { done: false } : toDone(reason, usage)
  const told = logprobs ? { logprobs: logprobs.content } : {}
  return { ...toHead(model), ...toText(path, delta ?? {}, text), ...done, ...told }
}

const toHead = (model: string) => ({ model, created_at: '2026-01-01T00:00:00.5Z' })

function toText(path: string, message: Message, text: string): Frame {
  if (path === '/api/generate') return { response: text }
  const { content = '', reasoning, tool_calls: calls } = message
  return {
    message: {
      role: 'assistant',
      content,
      ...(reasoning && { thinking: reasoning }),
      ...(calls && { tool_calls: calls.map(toNativeCall) }),
    },
  }
}

function toNativeCall({ id, index, function: { name, arguments: text } }: Call): object {
  return { id, function: { index, name, arguments: JSON.parse(text) as object } }
}

/** Counts of 0 are left out; calling a tool is a native `stop`. */
function toDone(reason: string, usage: Usage | undefined): Frame {
  const { prompt_tokens = 0, completion_tokens = 0 } = usage ?? {}
  return {
    done: true,
    done_reason: reason === 'tool_calls' ? 'stop' : reason,
    total_duration: 5_000_000,
    ...(prompt_tokens > 0 && { prompt_eval_count: prompt_tokens }),
    ...(completion_tokens > 0 && { eval_count: completion_tokens }),
  }
}

/** A whole answer as a stream that folds to it: thinking, two halves of the text, calls, end. */
function splitWhole(body: Buffer, path: string): Frame[] {
  const { model, choices, usage } = JSON.parse(body.toString()) as Answer
  const [choice] = choices
  const {
    message = {},
    text = '',
    finish_reason: reason,
    logprobs,
  } = choice ?? { finish_reason: '' }
  const { content = text, reasoning, tool_calls } = message
  const characters = [...content]
  const half = Math.floor(characters.length / 2)
  const halves = [characters.slice(0, half).join(''), characters.slice(half).join('')]
  const tokens = logprobs?.content ?? []
  const parts = [
    ...(reasoning ? [toText(path, { reasoning }, '')] : []),
    ...halves.map((part, index) => ({
      ...toText(path, { content: part }, part),
      ...(tokens.length > 0 && { logprobs: index === 0 ? tokens.slice(0, 1) : tokens.slice(1) }),
    })),
    ...(tool_calls ? [toText(path, { tool_calls }, '')] : []),
  ]
  const end = { ...toHead(model), ...toText(path, {}, ''), ...toDone(reason ?? '', usage) }
  return [...parts.map((part) => ({ ...toHead(model), ...part, done: false })), end]
}

/** What only loads the model is one object, however it is asked for. */
function toPlan(frames: readonly Frame[], path: string, body: Buffer): Plan {
  const last = frames.at(-1) ?? {}
  if (last.done_reason === 'load') return toJsonPlan(200, last)
  const { stream } = JSON.parse(body.toString()) as { stream?: boolean }
  if (stream !== false) return toStreamPlan(frames)
  const message = frames.map((frame) => (frame.message ?? {}) as Frame)
  const join = (parts: readonly unknown[]) => parts.map((part) => part ?? '').join('')
  const thinking = join(message.map((each) => each.thinking))
  const calls = message.flatMap((each) => (each.tool_calls ?? []) as unknown[])
  const logprobs = frames.flatMap((frame) => (frame.logprobs ?? []) as unknown[])
  const whole = {
    role: 'assistant',
    content: join(message.map((each) => each.content)),
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
  const text =
    path === '/api/chat' ? { message: whole } : { response: join(frames.map((f) => f.response)) }
  return toJsonPlan(200, { ...last, ...text, ...(logprobs.length > 0 && { logprobs }) })
}

/** The same numbers, byte for byte, for those of the texts that are asked for. */
function toEmbedPlans(answer: Buffer, texts: readonly string[]): NativeTwin['plan'] {
  const text = answer.toString()
  const cut = text.match(/"embedding":(\[[^\]]*\]|"[^"]*")/g) ?? []
  const vectors = cut.map((each) => toNumbers(each.slice('"embedding":'.length)))
  const { model, usage } = JSON.parse(text) as Answer
  return (body) => {
    const { input } = JSON.parse(body.toString()) as { input: string | string[] }
    const asked = [input].flat().map((each) => vectors[texts.indexOf(each)])
    const tokens =
      asked.length === texts.length ? `,"prompt_eval_count":${usage?.prompt_tokens}` : ''
    const json = `{"model":${toGoJson(model)},"embeddings":[${asked}],"total_duration":5${tokens}}`
    return toBodyPlan(200, 'application/json; charset=utf-8', Buffer.from(json))
  }
}

function toNumbers(json: string): string {
  if (json.startsWith('[')) return json
  const bytes = Buffer.from(json.slice(1, -1), 'base64')
  const numbers = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4))
  return JSON.stringify(numbers)
}

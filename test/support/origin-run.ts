import { createHash } from 'node:crypto'
import { type Body, isObject } from './origin-decode.ts'
import { type Plan, toJsonPlan, toStreamPlan } from './origin-plan.ts'
import { isCapable, type SimulatedModel } from './origin-world.ts'

/** What the model says to a request. */
export interface Said {
  readonly thinking: readonly string[]
  readonly words: readonly string[]
  readonly calls: readonly object[]
  readonly reason: 'stop' | 'length'
}

/** Depends on everything in the request that a run could depend on, and on the weights. */
export function say(path: string, body: Body, model: SimulatedModel): Said {
  const { stream, stream_options, keep_alive, model: name, ...read } = body
  const options = isObject(read.options) ? sort(read.options) : read.options
  const seed = JSON.stringify([path, sort({ ...read, options }), model.digest])
  const hex = createHash('sha256').update(seed).digest('hex')
  const isThinking = body.think !== false && isCapable(model, 'thinking')
  // A model of which nothing is known thinks only where it is asked to.
  const thinks = isThinking && (body.think !== undefined || model.capabilities !== undefined)
  if (isCalling(body)) {
    const call = { index: 0, name: 'get_weather', arguments: { city: hex.slice(0, 8) } }
    const calls = [{ id: `call_${hex.slice(8, 16)}`, function: call }]
    return { thinking: [], words: [], calls, reason: 'stop' }
  }
  const limit = Number((body.options as Body | undefined)?.num_predict ?? -1)
  const thinking = thinks ? ['Let', ' me', ` think ${hex.slice(0, 4)}`] : []
  const words = toWords(body, hex)
  const left = limit >= 1 ? Math.floor(limit) : Number.POSITIVE_INFINITY
  return {
    thinking: thinking.slice(0, left),
    words: words.slice(0, Math.max(0, left - thinking.length)),
    calls: [],
    reason: thinking.length + words.length > left ? 'length' : 'stop',
  }
}

/** Tools are called until a message brings the result of one. */
function isCalling({ tools, messages }: Body): boolean {
  if (!Array.isArray(tools) || tools.length === 0 || !Array.isArray(messages)) return false
  return !messages.some((message) => (message as Body).role === 'tool')
}

function toWords({ format }: Body, hex: string): string[] {
  if (format === 'json' || isObject(format)) return ['{"', 'answer', '": "', hex, '"}']
  const words = hex.match(/.{8}/g) ?? []
  // Characters that must come through as they are: escaped ones, wide ones, and one beyond the BMP.
  return ['<é>', ' 漢字', ' 😀', ' \u2028', ...words.map((word) => ` ${word}`)]
}

/** The order of names is nothing the origin could read, at the top and in `options`. */
function sort(object: Body): Body {
  const names = Object.keys(object).sort()
  return Object.fromEntries(names.map((name) => [name, object[name]]))
}

/** An answer of generate or chat, streamed or whole, with its keys in Ollama's order. */
export function run(path: string, body: Body, model: SimulatedModel): Plan {
  const isChat = path === '/api/chat'
  const head = { model: body.model, created_at: '2026-01-01T00:00:00.123456789Z' }
  const toText = isChat ? toMessage : toResponse
  const isEmpty = isChat
    ? !Array.isArray(body.messages) || body.messages.length === 0
    : !body.prompt
  if (isEmpty) return toJsonPlan(200, { ...head, ...toText(''), ...toLoaded(body) })
  const said = say(path, body, model)
  const end = { done: true, done_reason: said.reason, ...toTotals(said) }
  const context = isChat || body.raw === true ? {} : { context: [1, 2, 3] }
  const { done, done_reason, ...totals } = end
  if (body.stream === false) {
    const probabilities = toLogprobs(body, [...said.thinking, ...said.words])
    const text = toText(said.words.join(''), said.thinking.join(''), said.calls)
    const rest = isChat
      ? { ...probabilities, ...totals }
      : { ...context, ...totals, ...probabilities }
    return toJsonPlan(200, { ...head, ...text, done, done_reason, ...rest })
  }
  const frame = (text: object, token: string) => ({
    ...head,
    ...text,
    done: false,
    ...toLogprobs(body, [token]),
  })
  return toStreamPlan([
    ...said.thinking.map((thought) => frame(toText('', thought), thought)),
    ...said.words.map((word) => frame(toText(word), word)),
    ...(said.calls.length > 0 ? [frame(toText('', '', said.calls), 'call')] : []),
    { ...head, ...toText(''), done, done_reason, ...context, ...totals },
  ])
}

/** A request without a prompt loads the model, or unloads it (corpus 056–060, 226, 269–273). */
function toLoaded({ keep_alive }: Body): object {
  const isUnload =
    keep_alive === 0 || (typeof keep_alive === 'string' && /^0+[a-zµ]*$/.test(keep_alive))
  return { done: true, done_reason: isUnload ? 'unload' : 'load' }
}

function toResponse(response: string, thinking = ''): object {
  return { response, ...(thinking !== '' && { thinking }) }
}

function toMessage(content: string, thinking = '', calls: readonly object[] = []): object {
  const rest = {
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
  return { message: { role: 'assistant', content, ...rest } }
}

/** The probability of each token, where the request asks for it. */
export function toLogprobs({ logprobs, top_logprobs }: Body, tokens: readonly string[]): object {
  if (logprobs !== true) return {}
  const list = tokens.map((token) => ({ token, logprob: -0.5, bytes: [...Buffer.from(token)] }))
  if (!top_logprobs) return { logprobs: list }
  return { logprobs: list.map((each) => ({ ...each, top_logprobs: [each] })) }
}

/** Counters and durations of a run, in ns: 0.5 s to load, 0.4 s for the prompt, 1.6 s for the answer. */
export function toTotals({ words, thinking, calls }: Said) {
  return {
    total_duration: 3_000_000_000,
    load_duration: 500_000_000,
    prompt_eval_count: 7,
    prompt_eval_duration: 400_000_000,
    eval_count: words.length + thinking.length + calls.length,
    eval_duration: 1_600_000_000,
  }
}

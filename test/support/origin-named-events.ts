import { type Body, isObject } from './origin-decode.ts'
import { type Plan, toBodyPlan, toGoJson, toStreamPlan } from './origin-plan.ts'
import { type Said, toTotals } from './origin-run.ts'

/** 2026-01-01, in seconds. */
const CREATED = 1_767_225_600

const NO_CACHE = ['Cache-Control', 'no-cache'] as const

type Event = Readonly<Record<string, unknown>> & { readonly type: string }

/** One event in each transfer chunk, its name before it. */
function toEventPlan(events: readonly Event[]): Plan {
  const plan = toStreamPlan([], 'text/event-stream')
  const pieces = events.map((event) =>
    Buffer.from(`event: ${event.type}\ndata: ${toGoJson(event)}\n\n`),
  )
  return { ...plan, headers: [NO_CACHE, ...plan.headers], pieces }
}

const toWhole = (value: object): Plan =>
  toBodyPlan(200, 'application/json', Buffer.from(`${toGoJson(value)}\n`))

/** The answer of `/v1/messages` (corpus 433–438). */
export function sendMessage({ model, stream }: Body, said: Said): Plan {
  const { prompt_eval_count: input_tokens, eval_count: output_tokens } = toTotals(said)
  const head = { id: `msg_${'0'.repeat(24)}`, type: 'message', role: 'assistant', model }
  const stop_reason = toStopReason(said)
  const usage = { input_tokens, output_tokens }
  if (stream !== true) return toWhole({ ...head, content: toContent(said), stop_reason, usage })
  const none = { input_tokens: 2, output_tokens: 0 }
  return toEventPlan([
    { type: 'message_start', message: { ...head, content: [], usage: none } },
    ...toBlock(said),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason }, usage },
    { type: 'message_stop' },
  ])
}

function toStopReason({ reason, calls }: Said): string {
  if (calls.length > 0) return 'tool_use'
  return reason === 'length' ? 'max_tokens' : 'end_turn'
}

interface Call {
  readonly id: string
  readonly function: { readonly name: string; readonly arguments: object }
}

function toContent({ words, calls }: Said): object[] {
  const [call] = calls as readonly Call[]
  if (call === undefined) return [{ type: 'text', text: words.join('') }]
  const { name, arguments: input } = call.function
  return [{ type: 'tool_use', id: call.id, name, input }]
}

/** Words one by one, the arguments of a call in one piece (corpus 434, 437). */
function toBlock({ words, calls }: Said): Event[] {
  const [call] = calls as readonly Call[]
  const toDelta = (delta: object): Event => ({ type: 'content_block_delta', index: 0, delta })
  const toStart = (content_block: object): Event => {
    return { type: 'content_block_start', index: 0, content_block }
  }
  if (call === undefined) {
    const deltas = words.map((text) => toDelta({ type: 'text_delta', text }))
    return [toStart({ type: 'text', text: '' }), ...deltas]
  }
  const { name, arguments: input } = call.function
  const partial_json = JSON.stringify(input)
  return [
    toStart({ type: 'tool_use', id: call.id, name, input: {} }),
    toDelta({ type: 'input_json_delta', partial_json }),
  ]
}

/** The answer of `/v1/responses` (corpus 425–429): a struct as a whole, maps with sorted keys as a stream. */
export function respond(body: Body, said: Said): Plan {
  const text = said.words.join('')
  if (body.stream !== true) return toWhole(toResponse(body, said, text))
  const done = toResponse(body, said, text)
  const begun = { ...done, status: 'in_progress', completed_at: null, output: [], usage: null }
  const part = toPart(text)
  const place = { content_index: 0, item_id: ITEM, output_index: 0 }
  const added = { content: [], id: ITEM, role: 'assistant', status: 'in_progress', type: 'message' }
  const item = { ...added, content: [part], status: 'completed' }
  const events: Event[] = [
    { response: begun, type: 'response.created' },
    { response: begun, type: 'response.in_progress' },
    { item: added, output_index: 0, type: 'response.output_item.added' },
    { ...place, part: toPart(''), type: 'response.content_part.added' },
    ...said.words.map((delta) => ({
      ...place,
      delta,
      logprobs: [],
      type: 'response.output_text.delta',
    })),
    { ...place, logprobs: [], text, type: 'response.output_text.done' },
    { ...place, part, type: 'response.content_part.done' },
    { item, output_index: 0, type: 'response.output_item.done' },
    { response: done, type: 'response.completed' },
  ]
  const numbered = events.map((event, sequence_number) => ({ ...event, sequence_number }))
  return toEventPlan(numbered.map((event) => sortKeys(event) as Event))
}

const ITEM = 'msg_1'

const toPart = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] })

/** Much of it is the request, told back. */
function toResponse(body: Body, said: Said, text: string): Record<string, unknown> {
  const { prompt_eval_count: input_tokens, eval_count: output_tokens } = toTotals(said)
  const content = [toPart(text)]
  const item = { id: ITEM, type: 'message', status: 'completed', role: 'assistant', content }
  return {
    id: 'resp_1',
    object: 'response',
    created_at: CREATED,
    completed_at: CREATED,
    status: 'completed',
    incomplete_details: null,
    model: body.model,
    previous_response_id: null,
    instructions: body.instructions ?? null,
    output: [item],
    error: null,
    tools: [],
    tool_choice: 'auto',
    truncation: body.truncation ?? 'disabled',
    parallel_tool_calls: true,
    text: { format: { type: 'text' } },
    top_p: body.top_p ?? 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    top_logprobs: 0,
    temperature: body.temperature ?? 1,
    reasoning: null,
    usage: {
      input_tokens,
      output_tokens,
      total_tokens: input_tokens + output_tokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: null,
    store: false,
    background: false,
    service_tier: 'default',
    metadata: {},
    safety_identifier: null,
    prompt_cache_key: null,
  }
}

/** As Go writes a map. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (!isObject(value)) return value
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, sortKeys(value[name])]))
}

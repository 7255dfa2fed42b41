import type { AnswerTotals, FrameVerdict, Judge } from './completeness.ts'
import { DONE, type EventRoute, readEvent, type ServerEvent } from './event.ts'
import { readInner, readNumber, readText } from './frame.ts'
import { OPEN_OBJECT } from './lexemes.ts'
import { listElements, readMembers } from './walk.ts'

/** Why a run ended; `load` is no generation, and Ollama's native words are these or become these. */
const FINISHED: ReadonlySet<string | undefined> = new Set(['stop', 'length', 'tool_calls'])
const STOPPED: ReadonlySet<string | undefined> = new Set(['end_turn', 'max_tokens', 'tool_use'])

/** Names of events that tell of an error. */
const FAILURES: ReadonlySet<string> = new Set(['error', 'response.failed', 'response.incomplete'])

/**
 * Complete or nothing, for the compatible routes. A run that broke ends its 200 cleanly and without a
 * word of an error there (corpus experiments/killed-v1-stream, killed-messages-stream): only the last
 * event of the dialect proves the end, together with a reason that a generation ends with.
 */
export function createEventJudge(route: EventRoute): Judge {
  let isFinished = false
  let last: ServerEvent | undefined
  let flaw: FrameVerdict | undefined

  function find(event: ServerEvent | undefined): FrameVerdict | undefined {
    if (event === undefined || !isReadable(event)) return 'incomplete'
    return FAILURES.has(event.name) || isError(event) ? 'error-frame' : undefined
  }

  return {
    take(bytes, from, to) {
      // Something behind the last.
      if (last !== undefined) flaw ??= 'incomplete'
      if (flaw !== undefined) return
      const event = readEvent(bytes.subarray(from, to))
      flaw = find(event)
      if (event === undefined || flaw !== undefined) return
      if (isTerminal(route, event)) last = event
      else isFinished ||= isFinish(route, event)
    },
    verdict() {
      if (flaw !== undefined || last === undefined) return flaw ?? 'incomplete'
      return isFinished || route === '/v1/responses' ? judgeEnd(last) : 'incomplete'
    },
    // They stand in several events.
    totals: () => undefined,
  }
}

/** Whether the data is an object, or the mark of the end. */
function isReadable({ members, data }: ServerEvent): boolean {
  return members !== undefined || data.equals(END)
}

const END = Buffer.from(DONE)

function isError({ members }: ServerEvent): boolean {
  const type = members?.get('error')?.type
  return type !== undefined && type !== 'null'
}

function isTerminal(route: EventRoute, { name, data }: ServerEvent): boolean {
  switch (route) {
    case '/v1/chat/completions':
    case '/v1/completions':
      return data.equals(END)
    case '/v1/responses':
      return name === 'response.completed'
    case '/v1/messages':
      return name === 'message_stop'
  }
}

/** `response.completed` also ends what only loaded the model: nothing was evaluated then. */
function judgeEnd(event: ServerEvent): FrameVerdict {
  return event.name !== 'response.completed' || readResponseUsage(event).tokens > 0
    ? 'complete'
    : 'incomplete'
}

function isFinish(route: EventRoute, event: ServerEvent): boolean {
  return (route === '/v1/messages' ? STOPPED : FINISHED).has(readReason(route, event))
}

/** The word an event ends a generation with. */
function readReason(route: EventRoute, event: ServerEvent): string | undefined {
  const { data, members } = event
  if (members === undefined) return undefined
  if (route === '/v1/messages') {
    const delta = event.name === 'message_delta' ? readInner(data, members, 'delta') : undefined
    return delta && readText(data, delta, 'stop_reason')
  }
  const choices = members.get('choices')
  if (choices?.type !== 'array') return undefined
  for (const start of listElements(data, choices.start)) {
    if (data[start] !== OPEN_OBJECT) continue
    const reason = readText(data, readMembers(data, start), 'finish_reason')
    if (reason !== undefined) return reason
  }
  return undefined
}

interface Usage {
  readonly promptTokens: number
  readonly tokens: number
}

/** Ollama counts at least one token for whatever it generates. */
function readResponseUsage(event: ServerEvent): Usage {
  const response = event.members && readInner(event.data, event.members, 'response')
  const usage = response && readInner(event.data, response, 'usage')
  return readUsage(event.data, usage, 'input_tokens', 'output_tokens')
}

function readUsage(
  data: Buffer,
  usage: ServerEvent['members'],
  prompt: string,
  generated: string,
): Usage {
  if (usage === undefined) return { promptTokens: 0, tokens: 0 }
  return {
    promptTokens: readNumber(data, usage, prompt),
    tokens: readNumber(data, usage, generated),
  }
}

/** What the events say of the run; the compatible routes tell no durations, so those are 0. */
export function readEventTotals(route: EventRoute, frames: readonly Buffer[]): AnswerTotals {
  let usage: Usage = { promptTokens: 0, tokens: 0 }
  let doneReason: string | undefined
  for (const frame of frames.slice(-LAST_EVENTS)) {
    const event = readEvent(frame)
    if (event?.members === undefined) continue
    const found = findUsage(route, event)
    if (found.promptTokens + found.tokens > 0) usage = found
    doneReason = readReason(route, event) ?? doneReason
  }
  return { ...usage, costMs: 0, promptMs: 0, loadMs: 0, doneReason }
}

/** The reason, the usage and the end are the last three on every route. */
const LAST_EVENTS = 3

function findUsage(route: EventRoute, event: ServerEvent): Usage {
  if (route === '/v1/responses') return readResponseUsage(event)
  const usage = event.members && readInner(event.data, event.members, 'usage')
  return route === '/v1/messages'
    ? readUsage(event.data, usage, 'input_tokens', 'output_tokens')
    : readUsage(event.data, usage, 'prompt_tokens', 'completion_tokens')
}

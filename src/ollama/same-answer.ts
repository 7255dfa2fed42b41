import { readFrame } from './frame.ts'
import { isFrameRoute, rulesOf } from './frame-rules.ts'
import { toRow } from './frames.ts'
import type { Question } from './question.ts'

/** What two answers to one question must agree in; instants, counts and durations differ from run to run. */
const COMPARED = [
  'response',
  'message',
  'thinking',
  'done_reason',
  'logprobs',
  'choices',
  'output',
  'content',
]

/** Ids are drawn anew for each answer. */
const IDS = /"(id|item_id|call_id)":"[^"]*"/g

/** Whether two complete answers to a question say the same, however they were cut into frames. */
export function isSameAnswer(
  question: Question | undefined,
  one: readonly Buffer[],
  other: readonly Buffer[],
): boolean {
  if (question === undefined || !isFrameRoute(question.route)) return false
  const first = readAnswer(question, one)
  const second = readAnswer(question, other)
  return COMPARED.every((name) => first(name) === second(name))
}

function readAnswer({ route, document }: Question, frames: readonly Buffer[]) {
  const rows = frames.map(toRow)
  const body = isFrameRoute(route) ? rulesOf(route).fold({ rows }, document).body : Buffer.alloc(0)
  const members = readFrame(body)
  return (name: string): string | undefined => {
    const member = members?.get(name)
    return member && body.toString('utf8', member.start, member.end).replace(IDS, '')
  }
}

import { foldFrames, type NativeRoute } from './fold.ts'
import { readFrame } from './frame.ts'

/** What two answers to one question must agree in; instants, counts and durations differ from run to run. */
const COMPARED = ['response', 'message', 'thinking', 'done_reason', 'logprobs']

/** Whether two complete answers of a route say the same, however they were cut into frames. */
export function isSameAnswer(
  route: NativeRoute,
  one: readonly Buffer[],
  other: readonly Buffer[],
): boolean {
  const first = readAnswer(route, one)
  const second = readAnswer(route, other)
  return COMPARED.every((name) => first(name) === second(name))
}

function readAnswer(route: NativeRoute, frames: readonly Buffer[]) {
  const { body } = foldFrames(route, frames, 'tools')
  const members = readFrame(body)
  return (name: string): string | undefined => {
    const member = members?.get(name)
    return member && body.toString('utf8', member.start, member.end)
  }
}

import { skipSpace } from './lexemes.ts'
import { isUnambiguous } from './tokenizer.ts'
import { decodeString, type Member, readMembers } from './walk.ts'

/** The members of one frame's object, by name. */
export type FrameMembers = ReadonlyMap<string, Member>

/** The members of a frame; undefined where it is not one JSON object with at most white space around it. */
export function readFrame(frame: Buffer): FrameMembers | undefined {
  return isUnambiguous(frame, undefined) ? readMembers(frame, skipSpace(frame, 0)) : undefined
}

/** The members of a member that is an object; undefined where there is none. */
export function readInner(
  frame: Buffer,
  members: FrameMembers,
  name: string,
): FrameMembers | undefined {
  const member = members.get(name)
  return member?.type === 'object' ? readMembers(frame, member.start) : undefined
}

/** The text of a string member; undefined where there is none. */
export function readText(frame: Buffer, members: FrameMembers, name: string): string | undefined {
  const member = members.get(name)
  return member?.type === 'string' ? decodeString(frame, member.start, member.end) : undefined
}

/** The value of a number member; 0 where there is none, as Ollama leaves out what is 0. */
export function readNumber(frame: Buffer, members: FrameMembers, name: string): number {
  const member = members.get(name)
  return member?.type === 'number' ? Number(frame.toString('latin1', member.start, member.end)) : 0
}

import { type FrameMembers, readInner } from './frame.ts'
import { OPEN_OBJECT } from './lexemes.ts'
import { listElements, type Member, readMembers } from './walk.ts'

/** An object in the bytes of an answer, whose values are taken as they were written. */
export interface RawObject {
  readonly data: Buffer
  readonly members: FrameMembers
}

/** The value of a member as it was written; undefined where there is none. */
export function readRaw({ data, members }: RawObject, name: string): string | undefined {
  const member = members.get(name)
  return member && data.toString('utf8', member.start, member.end)
}

/** What stands between the quotes or brackets of a member of that type; empty where there is none. */
export function readInside(
  { data, members }: RawObject,
  name: string,
  type: Member['type'],
): string {
  const member = members.get(name)
  return member?.type === type ? data.toString('utf8', member.start + 1, member.end - 1) : ''
}

/** A member that is an object; undefined where there is none. */
export function readObject({ data, members }: RawObject, name: string): RawObject | undefined {
  const inner = readInner(data, members, name)
  return inner && { data, members: inner }
}

/** The objects of a member that is a list of objects. */
export function listObjects({ data, members }: RawObject, name: string): RawObject[] {
  const list = members.get(name)
  if (list?.type !== 'array') return []
  return [...listElements(data, list.start)]
    .filter((start) => data[start] === OPEN_OBJECT)
    .map((start) => ({ data, members: readMembers(data, start) }))
}

/** Names, and their values as JSON; undefined leaves a name out. */
export type RawMembers = readonly (readonly [string, string | undefined])[]

/** An object of members in their order. */
export function writeObject(members: RawMembers): string {
  const written = members.flatMap(([name, raw]) => (raw === undefined ? [] : [`"${name}":${raw}`]))
  return `{${written.join(',')}}`
}

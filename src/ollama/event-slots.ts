import type { EventRoute } from './event.ts'
import { type FrameMembers, readInner } from './frame.ts'
import { OPEN_OBJECT } from './lexemes.ts'
import { decodeString, listElements, type Member, readMembers } from './walk.ts'

/** A place in an answer that is filled anew for each client. */
export interface EventSlot {
  readonly kind: 'id' | 'created' | 'model'
  readonly start: number
  readonly end: number
  /** The id that stands there; empty for the other kinds. */
  readonly original: string
}

/**
 * The ids, instants and names of the model in the data of one event, or in a whole answer, in the order
 * of their places. Instants are whole seconds on these routes; Anthropic's has none.
 */
export function findSlots(route: EventRoute, data: Buffer, members: FrameMembers): EventSlot[] {
  const places = (route === '/v1/responses' ? findInResponses : findAtTop)(data, members)
  return places.sort((one, other) => one.start - other.start)
}

function findAtTop(data: Buffer, members: FrameMembers): EventSlot[] {
  const message = readInner(data, members, 'message')
  return [...findNames(data, members), ...(message ? findNames(data, message) : [])]
}

function findInResponses(data: Buffer, members: FrameMembers): EventSlot[] {
  const response = readInner(data, members, 'response') ?? members
  const item = readInner(data, members, 'item')
  return [
    ...findId(data, members.get('item_id')),
    ...findId(data, item?.get('id')),
    ...findNames(data, response),
    ...findInOutput(data, response.get('output')),
  ]
}

function findInOutput(data: Buffer, output: Member | undefined): EventSlot[] {
  if (output?.type !== 'array') return []
  return [...listElements(data, output.start)].flatMap((start) =>
    data[start] === OPEN_OBJECT ? findId(data, readMembers(data, start).get('id')) : [],
  )
}

const INSTANTS = ['created', 'created_at', 'completed_at']

function findNames(data: Buffer, members: FrameMembers): EventSlot[] {
  const model = members.get('model')
  const instants = INSTANTS.flatMap((name) => {
    const member = members.get(name)
    return member?.type === 'number' ? [toSlot('created', member)] : []
  })
  return [
    ...findId(data, members.get('id')),
    ...instants,
    ...(model?.type === 'string' ? [toSlot('model', model)] : []),
  ]
}

function findId(data: Buffer, member: Member | undefined): EventSlot[] {
  if (member?.type !== 'string') return []
  return [toSlot('id', member, decodeString(data, member.start, member.end))]
}

function toSlot(kind: EventSlot['kind'], { start, end }: Member, original = ''): EventSlot {
  return { kind, start, end, original }
}

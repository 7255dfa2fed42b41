import { type EventRoute, readEvent } from './event.ts'
import { type EventSlot, findSlots } from './event-slots.ts'
import { hideUsage } from './event-usage.ts'
import { readFrame } from './frame.ts'
import type { IdMint } from './fresh-ids.ts'
import { toGoString } from './go-json.ts'

interface EventTemplateFrame {
  readonly slots: readonly EventSlot[]
  /** One more than there are slots: the bytes before, between and behind them. */
  readonly fixed: readonly Buffer[]
}

/** The frames of an answer of a compatible route, prepared once and rendered for each client. */
export interface EventTemplate {
  readonly frames: readonly EventTemplateFrame[]
}

/** What is new in each answer. */
export interface EventValues {
  /** As this client wrote it. */
  readonly model: string
  /** Now, in whole seconds since 1970. */
  readonly createdSeconds: number
  readonly mintId: IdMint
}

/** Finds in each event what will be replaced; every other byte stays as the origin wrote it. */
export function prepareEvents(
  route: EventRoute,
  frames: readonly Buffer[],
  usage: 'shown' | 'hidden',
): EventTemplate {
  const seen = usage === 'shown' ? frames : frames.flatMap((frame) => hideUsage(route, frame) ?? [])
  return {
    frames: seen.map((frame) => {
      const event = readEvent(frame)
      if (event?.members === undefined) return { slots: [], fixed: [frame] }
      return cut(frame, event.start, findSlots(route, event.data, event.members))
    }),
  }
}

/** The same for a whole answer: a template of one frame. */
export function prepareWhole(route: EventRoute, body: Buffer): EventTemplate {
  const members = readFrame(body)
  return { frames: [cut(body, 0, members === undefined ? [] : findSlots(route, body, members))] }
}

/** `offset` is where the data begins, which the slots count from. */
function cut(frame: Buffer, offset: number, slots: readonly EventSlot[]): EventTemplateFrame {
  let from = 0
  const fixed = slots.map(({ start, end }) => {
    const part = frame.subarray(from, offset + start)
    from = offset + end
    return part
  })
  return { slots, fixed: [...fixed, frame.subarray(from)] }
}

/** Bytes of all frames without what is new each time. */
export function sizeOfEvents({ frames }: EventTemplate): number {
  let size = 0
  for (const { fixed } of frames) for (const { length } of fixed) size += length
  return size
}

/** One buffer per frame. */
export function renderEvents({ frames }: EventTemplate, values: EventValues): Buffer[] {
  const model = Buffer.from(toGoString(values.model))
  const created = Buffer.from(String(values.createdSeconds))
  const fill = ({ kind, original }: EventSlot): Buffer => {
    if (kind === 'model') return model
    return kind === 'created' ? created : Buffer.from(toGoString(values.mintId(original)))
  }
  return frames.map(({ slots, fixed }) =>
    Buffer.concat(fixed.flatMap((part, i) => [part, ...slots.slice(i, i + 1).map(fill)])),
  )
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packFrames } from '../../src/store/codec.ts'
import { metaOf, packedOf } from '../../src/store/packed-entry.ts'
import { createOutbox, openParcel, type Parcel } from '../../src/store/parcel.ts'
import { createManualClock } from '../support/clock.ts'
import { anyEntry, entryOf } from './entries.ts'

function openOutbox() {
  const clock = createManualClock(0)
  const sent: Parcel[] = []
  const outbox = createOutbox(clock, (parcel) => sent.push(parcel))
  const add = (n: number, bytes = 10) =>
    outbox.add(metaOf(entryOf(n)), packFrames([Buffer.alloc(bytes, n)]))
  return { clock, sent, outbox, add, counts: () => sent.map(({ sizes }) => sizes.length) }
}

describe('a parcel', () => {
  it('holds the entries that were put into it, in their order', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { minLength: 1 }), (entries) => {
        const { sent, outbox } = openOutbox()
        for (const entry of entries) outbox.add(metaOf(entry), packedOf(entry))
        outbox.flush()
        const items = sent.flatMap((parcel) => openParcel(structuredClone(parcel)))
        expect(items.map(({ meta }) => meta)).toEqual(entries.map(metaOf))
        expect(items.map(({ packed }) => packed)).toEqual(entries.map(packedOf))
      }),
    )
  })

  it('has a memory of its own: to send it takes nothing from who holds an entry', () => {
    const { sent, outbox } = openOutbox()
    const packed = packedOf(entryOf(1))
    outbox.add(metaOf(entryOf(1)), packed)
    outbox.flush()
    expect(sent[0]?.bytes.buffer).not.toBe(packed.buffer)
  })
})

describe('entries that are put are sent', () => {
  it('20 ms after the first of them, together', () => {
    const { clock, add, counts } = openOutbox()
    add(1)
    clock.advance(19)
    add(2)
    expect(counts()).toEqual([])
    clock.advance(1)
    expect(counts()).toEqual([2])
    add(3)
    clock.advance(20)
    expect(counts()).toEqual([2, 1])
    expect(clock.pending()).toBe(0)
  })

  it('at once when there are 32 of them, or 512 KiB', () => {
    const { clock, add, counts } = openOutbox()
    for (let n = 1; n <= 33; n++) add(n)
    expect(counts()).toEqual([32])
    add(34, 512 * 1024)
    expect(counts()).toEqual([32, 2])
    expect(clock.pending()).toBe(0)
  })

  it('when something else is to be sent, and never twice', () => {
    const { clock, add, outbox, counts } = openOutbox()
    add(1)
    outbox.flush()
    outbox.flush()
    clock.advance(100)
    expect(counts()).toEqual([1])
  })
})

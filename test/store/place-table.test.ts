import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PlaceTable } from '../../src/store/place-table.ts'

/** A table of places in a list of keys, each of which has one of few hashes. */
function createTable(hashOf: (key: string) => number) {
  const keys: string[] = []
  const table = new PlaceTable({
    hashAt: (place) => hashOf(keys[place]!),
    hasKey: (place, key) => keys[place] === key,
  })
  return {
    table,
    find: (key: string) => table.find(key, hashOf(key)),
    add(key: string) {
      keys.push(key)
      table.add(keys.length - 1, hashOf(key))
      return keys.length - 1
    },
    remove: (place: number) => table.remove(place, hashOf(keys[place]!)),
  }
}

describe('a table of places', () => {
  it.each([
    ['one hash for all', () => 7],
    ['few hashes, at the table’s end', (key: string) => 1020 + (Number(key) % 9)],
    ['hashes that differ in their upper half', (key: string) => Number(key) << 16],
    ['negative ones', (key: string) => -Number(key) - 1],
  ])('finds what is there and nothing else, with %s', (_, hashOf) => {
    const act = fc.record({ kind: fc.constantFrom('add', 'remove'), key: fc.nat({ max: 40 }) })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 300, size: 'max' }), (acts) => {
        const { table, find, add, remove } = createTable(hashOf)
        const model = new Map<string, number>()
        for (const { kind, key: number } of acts) {
          const key = String(number)
          const place = model.get(key)
          if (kind === 'add' && place === undefined) model.set(key, add(key))
          else if (kind === 'remove' && place !== undefined) {
            expect(remove(place)).toBe(true)
            expect(remove(place)).toBe(false)
            model.delete(key)
          }
          expect(table.size).toBe(model.size)
        }
        for (let n = 0; n <= 40; n++) expect(find(String(n))).toBe(model.get(String(n)))
        expect(table.list().sort(compare)).toEqual([...model.values()].sort(compare))
      }),
    )
  })

  it('grows with what is in it', () => {
    const { table, find, add, remove } = createTable((key) => Math.imul(Number(key), 0x9e3779b1))
    const places = Array.from({ length: 20_000 }, (_, n) => add(String(n)))
    for (let n = 0; n < 20_000; n += 3) remove(places[n]!)
    for (let n = 0; n < 20_000; n++)
      expect(find(String(n))).toBe(n % 3 === 0 ? undefined : places[n])
    expect(table.size).toBe(13_333)
  })
})

function compare(one: number, other: number): number {
  return one - other
}

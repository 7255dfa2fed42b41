import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRoster, type Place } from '../../src/proxy/roster.ts'

type Member = { readonly n: number }

/** The same with a Map and a Set, which say what is there. */
function createModel() {
  const byKey = new Map<string, Place<Member>>()
  const all = new Map<Place<Member>, Member>()
  return { byKey, all }
}

describe('a roster', () => {
  it('knows who is there, whatever happens', () => {
    const key = fc.constantFrom('a', 'b', 'c', undefined)
    const act = fc.record({ kind: fc.constantFrom('add', 'close', 'remove'), key, at: fc.nat() })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const roster = createRoster<string, Member>()
        const { byKey, all } = createModel()
        const places: Place<Member>[] = []
        for (const [n, { kind, key: name, at }] of acts.entries()) {
          const place = places[at % places.length]
          if (kind === 'add') {
            const member = { n }
            const own = roster.add(member, name)
            places.push(own)
            all.set(own, member)
            if (name !== undefined) byKey.set(name, own)
          } else if (place !== undefined && kind === 'remove') {
            roster.remove(place)
            all.delete(place)
          } else if (place !== undefined && name !== undefined) {
            roster.close(place, name)
            if (byKey.get(name) === place) byKey.delete(name)
          }
          expect(roster.size).toBe(all.size)
          expect(roster.sum((each) => each.n)).toBe([...all.values()].reduce((s, m) => s + m.n, 0))
          for (const one of ['a', 'b', 'c'])
            expect(roster.find(one)).toBe(all.get(byKey.get(one) as Place<Member>))
        }
      }),
    )
  })

  it('holds nobody who has gone, not even where the place is held', () => {
    const roster = createRoster<string, Member>()
    const place = roster.add({ n: 1 }, 'a')
    roster.remove(place)
    roster.remove(place)
    expect([place.member, roster.find('a'), roster.size]).toEqual([undefined, undefined, 0])
  })
})

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeEverythingYoung } from '../src/heap.ts'
import { PassingMap } from '../src/passing-map.ts'

setFlagsFromString('--expose-gc')
makeEverythingYoung()
const collect = runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void

interface Passing {
  set(key: string, value: object): unknown
  delete(key: string): boolean
}

/** By how many bytes old space has grown when thousands came and went, each gone after 32 others, beside small collections only. */
function passMany(map: Passing): number {
  collect({ type: 'major' })
  const before = usedOldSpace()
  for (let n = 0; n < 32; n++) map.set(`first ${n}`, {})
  // What lives through small collections stands in old space from then on.
  for (let n = 0; n < 3; n++) collect({ type: 'minor' })
  for (let n = 0; n < 20_000; n++) {
    map.set(`flight ${n}`, { held: new Array(100).fill(n) })
    map.delete(n < 32 ? `first ${n}` : `flight ${n - 32}`)
    if (n % 2000 === 0) collect({ type: 'minor' })
  }
  return usedOldSpace() - before
}

function usedOldSpace(): number {
  const old = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')
  return old?.space_used_size ?? Number.NaN
}

describe('a map of what comes and goes', () => {
  it('says what a Map says, whatever happens', () => {
    const key = fc.integer({ min: 0, max: 300 })
    const act = fc.record({
      kind: fc.constantFrom('set', 'set', 'delete', 'delete', 'get', 'clear'),
      key,
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 2000, size: 'max' }), (acts) => {
        const [map, model] = [new PassingMap<number, number>(), new Map<number, number>()]
        for (const [n, { kind, key }] of acts.entries()) {
          if (kind === 'set') {
            map.set(key, n)
            model.set(key, n)
          } else if (kind === 'clear' && key < 3) {
            map.clear()
            model.clear()
          } else if (kind === 'delete') expect(map.delete(key)).toBe(model.delete(key))
          expect([map.size, map.get(key)]).toEqual([model.size, model.get(key)])
        }
      }),
    )
  })

  it('has what stays while many others come and go', () => {
    const map = new PassingMap<number, string>()
    map.set(-11, 'stays')
    for (let n = 0; n < 10_000; n++) {
      map.set(n, 'passes')
      map.delete(n - 10)
    }
    expect([map.get(-11), map.get(9_999), map.get(9_989), map.size]).toEqual([
      'stays',
      'passes',
      undefined,
      11,
    ])
  })

  it('holds little of what has gone, where a Map holds nearly all of it', () => {
    const inMap = passMany(new Map())
    const inPassingMap = passMany(new PassingMap())
    expect(inMap).toBeGreaterThan(2 * inPassingMap)
  })
})

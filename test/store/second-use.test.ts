import { describe, expect, it } from 'vitest'
import { createSecondUse } from '../../src/store/second-use.ts'
import { keyOf } from './entries.ts'

describe('what is used a second time', () => {
  it('is told from what is used once, and so is each use after it', () => {
    const uses = createSecondUse()
    const said = ['a', 'b', 'a', 'a', 'c', 'b', ''].map((name) => uses.isSecond(name))
    expect(said).toEqual([false, false, true, true, false, true, false])
  })

  it('is remembered while thousands of others are used once', () => {
    const uses = createSecondUse()
    const wanted = Array.from({ length: 1000 }, (_, n) => keyOf(n))
    for (const key of wanted) uses.isSecond(key)
    for (let n = 1000; n < 5000; n++) expect(uses.isSecond(keyOf(n))).toBe(false)
    const known = wanted.filter((key) => uses.isSecond(key))
    expect(known.length).toBeGreaterThan(990)
  })

  it('is forgotten when enough others came since', () => {
    const uses = createSecondUse()
    uses.isSecond('wanted')
    for (let n = 0; n < 200_000; n++) uses.isSecond(keyOf(n))
    expect(uses.isSecond('wanted')).toBe(false)
  })

  it('stays known while it is used, whatever else is', () => {
    const uses = createSecondUse()
    uses.isSecond('wanted')
    for (let n = 0; n < 50_000; n++) {
      uses.isSecond(keyOf(n))
      if (n % 100 === 0) expect(uses.isSecond('wanted')).toBe(true)
    }
  })

  it('tells names apart that differ in one character, by hundred thousands', () => {
    const uses = createSecondUse()
    const taken = Array.from({ length: 300_000 }, (_, n) => uses.isSecond(`/api/chat ${n}`))
    expect(taken.filter(Boolean)).toEqual([])
  })
})

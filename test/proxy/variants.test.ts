import { describe, expect, it } from 'vitest'
import { createVariants } from '../../src/proxy/variants.ts'

describe('several answers to one question', () => {
  it('take turns, and the first has the key of the question', () => {
    const variants = createVariants()
    const keys = Array.from({ length: 7 }, () => variants.next('key', 3))
    expect(keys[0]).toBe('key')
    expect(new Set(keys).size).toBe(3)
    expect(keys.slice(3)).toEqual([...keys.slice(0, 3), 'key'])
  })

  it('have turns of their own for each question', () => {
    const variants = createVariants()
    const [one, other] = [variants.next('one', 2), variants.next('other', 2)]
    expect([one, other]).toEqual(['one', 'other'])
    expect(variants.next('one', 2)).not.toBe(variants.next('other', 2))
  })

  it('are one where there is one only', () => {
    const variants = createVariants()
    expect(Array.from({ length: 3 }, () => variants.next('key', 1))).toEqual(['key', 'key', 'key'])
  })
})

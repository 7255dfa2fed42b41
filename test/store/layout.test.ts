import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toLayout } from '../../src/store/layout.ts'
import { PAGE_BYTES } from '../../src/store/schema.ts'

const MEBIBYTE = 1024 * 1024
const anyBudget = fc.integer({ min: MEBIBYTE, max: 100 * 1024 * MEBIBYTE })

describe('a budget', () => {
  it('has room for the database, an overfull log with a transaction on top, and shared memory', () => {
    const fits = fc.property(anyBudget, (maxBytes) => {
      const { maxPages, overfullBytes, logBytes } = toLayout(maxBytes, 0.25)
      const log = overfullBytes + Math.max(logBytes, Math.min(32 * PAGE_BYTES, maxBytes / 8))
      expect(maxPages * PAGE_BYTES + log + 64 * 1024).toBeLessThanOrEqual(maxBytes)
    })
    fc.assert(fits)
  })

  it('is used: entries go only when it is nearly full', () => {
    const used = fc.property(anyBudget, (maxBytes) => {
      const { fullPages, easedPages, maxPages } = toLayout(maxBytes, 0.25)
      expect(easedPages).toBeLessThan(fullPages)
      expect(fullPages).toBeLessThan(maxPages)
      const share = (easedPages * PAGE_BYTES) / maxBytes
      expect(share).toBeGreaterThan(maxBytes > 8 * MEBIBYTE ? 0.8 : 0.2)
    })
    fc.assert(used)
    expect(
      (toLayout(1024 * MEBIBYTE, 0.25).fullPages * PAGE_BYTES) / (1024 * MEBIBYTE),
    ).toBeGreaterThan(0.95)
  })

  it('gives embeddings their share', () => {
    const { fullPages, embeddingBytes } = toLayout(64 * MEBIBYTE, 0.25)
    expect(embeddingBytes).toBe((fullPages * PAGE_BYTES) / 4)
  })

  it('of next to nothing is still one that a database fits', () => {
    expect(toLayout(0, 0.25)).toMatchObject({ maxPages: 16, logBytes: 16 * PAGE_BYTES })
  })
})

import { describe, expect, it } from 'vitest'
import { createLeasedRegistry, type Lease } from '../../src/models/leased.ts'
import { createManualClock } from '../support/clock.ts'

const table = (digest: string) => ({
  version: '0.24.0',
  models: [{ name: 'qwen:latest', digest, place: 'here' as const }],
  originNow: 0,
  readAt: 0,
})

const leaseOf = (digest: string, validForMs: number): Lease => ({
  kept: { table: table(digest), dates: { [digest]: false } },
  validForMs,
})

/** A registry whose leases are given by hand. */
function createBench() {
  const clock = createManualClock()
  const asked: ((lease: Lease | undefined) => void)[] = []
  const ask = () => new Promise<Lease | undefined>((resolve) => void asked.push(resolve))
  const registry = createLeasedRegistry({ clock, place: 'this-machine', ask })
  const give = async (lease: Lease | undefined): Promise<void> => {
    asked.shift()?.(lease)
    await Promise.resolve()
    await Promise.resolve()
  }
  return { clock, registry, asked, give, digest: () => toDigest(registry.resolve('qwen')) }
}

const toDigest = (found: object) => ('digest' in found ? found.digest : undefined)

describe('a leased table', () => {
  it('is asked for with the first name, and nothing is known before it comes', async () => {
    const { registry, asked, give, digest } = createBench()
    expect(asked).toHaveLength(0)
    expect(registry.resolve('qwen')).toEqual({ kind: 'unavailable' })
    expect(registry.resolve('qwen')).toEqual({ kind: 'unavailable' })
    expect(asked).toHaveLength(1)
    await give(leaseOf('one', 2_000))
    expect(digest()).toBe('one')
    expect(registry.label('QWEN')).toBe('qwen:latest')
    expect(registry.snapshot().version).toBe('0.24.0')
  })

  it('counts from when it was asked for, however long it was on its way', async () => {
    const { clock, give, digest } = createBench()
    digest()
    clock.advance(1_500)
    await give(leaseOf('one', 2_000))
    expect(digest()).toBe('one')
    clock.advance(499)
    expect(digest()).toBe('one')
    clock.advance(1)
    expect(digest()).toBeUndefined()
  })

  it('is renewed in half of its time, once, while it still serves', async () => {
    const { clock, asked, give, digest } = createBench()
    digest()
    await give(leaseOf('one', 2_000))
    clock.advance(999)
    digest()
    expect(asked).toHaveLength(0)
    clock.advance(1)
    expect([digest(), digest()]).toEqual(['one', 'one'])
    expect(asked).toHaveLength(1)
    await give(leaseOf('two', 2_000))
    expect(digest()).toBe('two')
  })

  it('is void when it is to be forgotten, and so is one that was on its way', async () => {
    const { asked, give, digest } = createBench()
    digest()
    await give(leaseOf('one', 2_000))
    const bench = createBench()
    bench.digest()
    bench.registry.forget()
    await bench.give(leaseOf('one', 2_000))
    expect(bench.digest()).toBeUndefined()
    await bench.give(leaseOf('two', 2_000))
    expect(bench.digest()).toBe('two')
    bench.registry.forget()
    expect(bench.digest()).toBeUndefined()
    expect(asked).toHaveLength(0)
  })

  it('is asked for again where there was none to be had', async () => {
    const { asked, give, digest } = createBench()
    digest()
    await give(undefined)
    expect(digest()).toBeUndefined()
    expect(asked).toHaveLength(1)
  })
})

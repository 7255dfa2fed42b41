import { describe, expect, it } from 'vitest'
import { createBench, createReadBench, settle } from './support/registry.ts'

const ONE = { kind: 'known', name: 'qwen:latest', digest: 'one', version: '0.24.0', dateStamp: '' }

describe('a look-up', () => {
  it('reads nothing before it is asked, and then waits for the first table', async () => {
    const { registry, origin } = createBench()
    expect(origin.log).toEqual([])
    expect(await registry.resolve('qwen')).toEqual(ONE)
  })

  it('is synchronous and asks nobody while the table is at most 1 s old', async () => {
    const { registry, origin, clock } = await createReadBench()
    const asked = origin.log.length
    clock.advance(1_000)
    expect(registry.resolve('qwen')).toEqual(ONE)
    expect(origin.log).toHaveLength(asked)
  })

  it('is still synchronous up to 2 s, with one re-read in the background', async () => {
    const { registry, origin, clock } = await createReadBench()
    clock.advance(1_001)
    origin.tags = [{ name: 'qwen:latest', digest: 'two' }]
    origin.templates = { 'qwen:latest': '' }
    expect(registry.resolve('qwen')).toEqual(ONE)
    expect(registry.resolve('qwen')).toEqual(ONE)
    await settle()
    expect(registry.resolve('qwen')).toMatchObject({ digest: 'two' })
    expect(origin.count('/api/tags')).toBe(2)
  })

  it('past 2 s waits for one shared re-read of tags and version', async () => {
    const { registry, origin, clock } = await createReadBench()
    clock.advance(2_001)
    origin.version = '0.25.0'
    const lookups = [registry.resolve('qwen'), registry.resolve('QWEN:Latest')]
    expect(lookups[0]).toBeInstanceOf(Promise)
    const expected = { ...ONE, version: '0.25.0' }
    expect(await Promise.all(lookups)).toEqual([expected, expected])
    expect([origin.count('/api/tags'), origin.count('/api/version')]).toEqual([2, 2])
    expect(clock.pendingTimers).toBe(0)
  })

  it('counts the age of a table from before it was asked for', async () => {
    const { registry, origin, clock } = createBench()
    const release = origin.hold('/api/tags')
    const reading = registry.refresh()
    clock.advance(2_001)
    release()
    await reading
    expect(registry.resolve('qwen')).toBeInstanceOf(Promise)
  })

  it('waits 250 ms at most; then a digest under 60 s old serves', async () => {
    const { registry, origin, clock } = await createReadBench()
    origin.hold('/api/tags')
    clock.advance(59_000)
    const lookup = registry.resolve('qwen')
    let isSettled = false
    void Promise.resolve(lookup).then(() => {
      isSettled = true
    })
    clock.advance(249)
    await settle()
    expect(isSettled).toBe(false)
    clock.advance(1)
    expect(await lookup).toEqual(ONE)
  })

  it('has no digest where the last one is older than 60 s and the origin merely slow', async () => {
    const { registry, origin, clock } = await createReadBench()
    origin.hold('/api/tags')
    clock.advance(60_000)
    const lookup = registry.resolve('qwen')
    clock.advance(250)
    expect(await lookup).toEqual({ kind: 'unavailable' })
  })

  it.each(['down', 'broken'] as const)(
    'uses the last digest however old while the origin is %s',
    async (state) => {
      const { registry, origin, clock } = await createReadBench()
      origin.state = state
      clock.advance(86_400_000)
      expect(await registry.resolve('qwen')).toEqual(ONE)
      expect(registry.snapshot()).toMatchObject({ answering: false, version: '0.24.0' })
    },
  )

  it('has no digest where there never was a table', async () => {
    const { registry, origin } = createBench()
    origin.state = 'down'
    expect(await registry.resolve('qwen')).toEqual({ kind: 'unavailable' })
  })
})

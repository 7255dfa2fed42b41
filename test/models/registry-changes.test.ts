import { describe, expect, it } from 'vitest'
import { createReadBench, settle } from './support/registry.ts'

describe('a change of the models', () => {
  it('is seen by the next look-up after invalidate, however young the table', async () => {
    const { registry, origin } = await createReadBench()
    origin.tags = [{ name: 'qwen:latest', digest: 'two' }]
    registry.invalidate()
    expect(await registry.resolve('qwen')).toMatchObject({ digest: 'two' })
  })

  it('starts the re-read at once', async () => {
    const { registry, origin } = await createReadBench()
    registry.invalidate()
    await settle()
    expect(origin.count('/api/tags')).toBe(2)
  })

  it('is not hidden by a reading that was begun before it', async () => {
    const { registry, origin, clock } = await createReadBench()
    clock.advance(1_500)
    const release = origin.hold('/api/tags')
    expect(registry.resolve('qwen')).toMatchObject({ digest: 'one' })
    origin.tags = [{ name: 'qwen:latest', digest: 'two' }]
    registry.invalidate()
    const lookup = registry.resolve('qwen')
    release()
    expect(await lookup).toMatchObject({ digest: 'two' })
    expect(registry.resolve('qwen')).toMatchObject({ digest: 'two' })
  })

  it('is read once, however often it is told while a reading is on its way', async () => {
    const { registry, origin } = await createReadBench()
    const release = origin.hold('/api/tags')
    registry.invalidate()
    await settle()
    for (let n = 0; n < 100; n++) registry.invalidate()
    origin.tags = [{ name: 'qwen:latest', digest: 'two' }]
    release()
    expect(await registry.resolve('qwen')).toMatchObject({ digest: 'two' })
    await settle()
    // The first one of the bench, that on its way, and the one after it.
    expect(origin.count('/api/tags')).toBe(3)
  })

  it('tells which digests are replaced, and since when they may have been', async () => {
    const { registry, origin, clock, replaced } = await createReadBench()
    const begunAt = clock.now()
    clock.advance(1_000)
    await registry.refresh()
    expect(replaced).toEqual([])
    clock.advance(1_000)
    origin.tags = [
      { name: 'qwen:latest', digest: 'two' },
      { name: 'other:latest', digest: 'one' },
    ]
    await registry.refresh()
    origin.tags = [{ name: 'qwen:latest', digest: 'two' }]
    clock.advance(1_000)
    await registry.refresh()
    expect(replaced).toEqual([
      { digests: ['one'], since: begunAt + 1_000 },
      { digests: ['one'], since: begunAt + 2_000 },
    ])
  })

  it('brings a new version along: a reading is always of both', async () => {
    const { registry, origin } = await createReadBench()
    origin.version = '0.32.15'
    registry.invalidate()
    expect(await registry.resolve('qwen')).toMatchObject({ version: '0.32.15' })
  })

  it('can be a model that was pulled behind our back: an absent name is looked for once more', async () => {
    const { registry, origin } = await createReadBench()
    origin.tags.push({ name: 'new:1b', digest: 'new' })
    origin.templates['new:1b'] = ''
    expect(await registry.resolve('new:1b')).toMatchObject({ kind: 'known', digest: 'new' })
    expect(origin.count('/api/tags')).toBe(2)
  })

  it('leaves a name unknown that is absent from a table read for it', async () => {
    const { registry, origin } = await createReadBench()
    expect(await registry.resolve('none')).toEqual({ kind: 'unknown' })
    expect(origin.count('/api/tags')).toBe(2)
  })

  it('can be a removal', async () => {
    const { registry, origin } = await createReadBench()
    origin.tags = []
    registry.invalidate()
    expect(await registry.resolve('qwen')).toEqual({ kind: 'unknown' })
  })
})

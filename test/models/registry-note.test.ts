import { describe, expect, it } from 'vitest'
import { createModelRegistry } from '../../src/models/registry.ts'
import { createBench, createReadBench } from './support/registry.ts'

describe('the note', () => {
  it('lets a new process resolve while the origin is down', async () => {
    const { note } = await createReadBench()
    const { registry, origin } = createBench({ note })
    origin.state = 'down'
    expect(await registry.resolve('qwen')).toMatchObject({ digest: 'one', version: '0.24.0' })
  })

  it('never counts as fresh: the first look-up of a new process reads the origin', async () => {
    const { note } = await createReadBench()
    const { registry, origin } = createBench({ note })
    origin.tags = [{ name: 'qwen:latest', digest: 'two' }]
    expect(registry.resolve('qwen')).toBeInstanceOf(Promise)
    expect(await registry.resolve('qwen')).toMatchObject({ digest: 'two' })
  })

  it('serves for 60 s of wall time in a new process whose origin is slow', async () => {
    const first = await createReadBench()
    const { registry, origin, clock } = createBench({ note: first.note, clock: first.clock })
    origin.hold('/api/tags')
    const early = registry.resolve('qwen')
    clock.advance(250)
    expect(await early).toMatchObject({ digest: 'one' })
    clock.advance(60_000)
    const late = registry.resolve('qwen')
    clock.advance(250)
    expect(await late).toEqual({ kind: 'unavailable' })
  })

  it('keeps what is known of the templates', async () => {
    const { note } = await createReadBench()
    const { registry, origin } = createBench({ note })
    await registry.refresh()
    expect(origin.count('/api/show')).toBe(0)
  })

  it.each([
    'not JSON',
    'null',
    '{}',
    '[]',
    '{"table":null,"dates":{}}',
    '{"table":{"version":"1","readAt":1,"originNow":1,"models":[null]},"dates":{}}',
    '{"table":{"version":"1","readAt":1,"originNow":1,"models":[]},"dates":{"one":"no"}}',
    '{"table":{"version":"1","readAt":"x","originNow":1,"models":[]},"dates":{}}',
  ])('is as good as none when it says %s', async (note) => {
    const { registry, origin } = createBench({ note })
    expect(registry.snapshot()).toMatchObject({ version: undefined, models: [] })
    expect(await registry.resolve('qwen')).toMatchObject({ kind: 'known' })
    expect(origin.count('/api/show')).toBe(1)
  })

  it('may fail to be read and written without anybody noticing', async () => {
    const { origin, clock } = createBench()
    const fail = (): never => {
      throw new Error('disk full')
    }
    const note = { read: fail, write: fail }
    const place = 'this-machine'
    const registry = createModelRegistry({
      ask: origin.ask,
      clock,
      place,
      note,
      isReachable: () => true,
      onRead: () => {},
      onReplaced: async () => {},
    })
    expect(await registry.refresh()).toBe(true)
    expect(registry.resolve('qwen')).toMatchObject({ kind: 'known' })
    expect(registry.snapshot().answering).toBe(true)
  })
})

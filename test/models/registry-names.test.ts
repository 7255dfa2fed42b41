import { describe, expect, it } from 'vitest'
import { createBench, createReadBench } from './support/registry.ts'

describe('a name', () => {
  it.each([
    'qwen',
    'QWEN:LATEST',
    'library/qwen',
    'registry.ollama.ai/library/qwen:latest',
    ' qwen ',
  ])('stands for the model Ollama would run: %j', async (name) => {
    const { registry } = await createReadBench()
    expect(registry.resolve(name)).toMatchObject({ kind: 'known', name: 'qwen:latest' })
  })

  it.each(['', 'qwen:', 'a b', 'qwen:2b'])('that is not listed is unknown: %j', async (name) => {
    const { registry } = await createReadBench()
    expect(await registry.resolve(name)).toEqual({ kind: 'unknown' })
  })

  it.each(['qwen:cloud', 'qwen:8b-cloud'])(
    'that asks for the cloud is remote: %s',
    async (name) => {
      const { registry } = await createReadBench()
      expect(registry.resolve(name)).toEqual({ kind: 'remote' })
    },
  )

  it('is remote where the listed model has a remote host, and not where that is empty', async () => {
    const { registry, origin } = createBench()
    origin.tags = [
      { name: 'far:latest', digest: 'far', remote_host: 'https://ollama.com:443' },
      { name: 'qwen:latest', digest: 'one', remote_host: '' },
    ]
    await registry.refresh()
    expect(registry.resolve('far')).toEqual({ kind: 'remote' })
    expect(registry.resolve('qwen')).toMatchObject({ kind: 'known' })
  })

  it('is ambiguous where two spellings have different digests, and not where they are one model', async () => {
    const { registry, origin } = createBench()
    origin.tags = [
      { name: 'Twin:latest', digest: 'a' },
      { name: 'twin:latest', digest: 'b' },
      { name: 'Same:latest', digest: 'c' },
      { name: 'same:latest', digest: 'c' },
    ]
    for (const { name } of origin.tags) origin.templates[name] = ''
    await registry.refresh()
    expect(registry.resolve('twin')).toEqual({ kind: 'ambiguous' })
    expect(registry.resolve('SAME')).toMatchObject({ kind: 'known', digest: 'c' })
  })
})

describe('a metric label', () => {
  it('is the listed name, or other where no listed model is meant', async () => {
    const { registry } = await createReadBench()
    expect(['qwen', 'QWEN:latest', 'none', ''].map((name) => registry.label(name))).toEqual([
      'qwen:latest',
      'qwen:latest',
      'other',
      'other',
    ])
  })

  it('is other for every further name once 50 have been given', async () => {
    const { registry, origin } = createBench()
    origin.tags = Array.from({ length: 51 }, (_, i) => ({ name: `m${i}:latest`, digest: `d${i}` }))
    await registry.refresh()
    const labels = origin.tags.map(({ name }) => registry.label(name))
    expect(labels.slice(0, 50)).toEqual(origin.tags.slice(0, 50).map(({ name }) => name))
    expect(labels[50]).toBe('other')
    expect(registry.label('m0')).toBe('m0:latest')
  })
})

describe('the snapshot', () => {
  it('says what the origin has and whether it answers', async () => {
    const { registry, origin } = createBench()
    expect(registry.snapshot()).toEqual({ version: undefined, answering: false, models: [] })
    await registry.refresh()
    expect(registry.snapshot()).toMatchObject({
      version: '0.24.0',
      answering: true,
      models: [{ name: 'qwen:latest', digest: 'one' }],
    })
    origin.state = 'down'
    expect(await registry.refresh()).toBe(false)
    expect(registry.snapshot()).toMatchObject({ version: '0.24.0', answering: false })
  })
})

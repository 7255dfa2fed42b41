import { Ollama } from 'ollama'
import { describe, expect, it } from 'vitest'
import { proveUse, stageProof } from './support/prove.ts'
import { OLLAMA_JS } from './uses/ollama.ts'

const stage = stageProof()

describe('a program that uses ollama', () => {
  proveUse(OLLAMA_JS, stage)

  it('lists, and looks at what runs, as it does without a proxy', async () => {
    const [through, direct] = [stage.reprise.url, stage.origin.url].map(
      (host) => new Ollama({ host }),
    )
    expect(await through?.list()).toEqual(await direct?.list())
    expect(await through?.ps()).toEqual(await direct?.ps())
  })

  it('pulls, copies and deletes models', async () => {
    const ollama = new Ollama({ host: stage.reprise.url })
    const states: string[] = []
    for await (const { status } of await ollama.pull({ model: 'new', stream: true })) {
      states.push(status)
    }
    await ollama.copy({ source: 'new', destination: 'newer' })
    await ollama.delete({ model: 'new' })
    const names = (await ollama.list()).models.map(({ name }) => name)
    expect(states.at(-1)).toBe('success')
    expect(names).toContain('newer:latest')
    expect(names).not.toContain('new:latest')
  })
})

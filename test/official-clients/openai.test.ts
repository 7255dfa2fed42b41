import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { proveUse, stageProof } from './support/prove.ts'
import { OPENAI_JS } from './uses/openai.ts'

const stage = stageProof()

describe('a program that uses openai', () => {
  proveUse(OPENAI_JS, stage)

  it('lists models', async () => {
    const openai = new OpenAI({ baseURL: `${stage.reprise.url}/v1`, apiKey: 'none' })
    const { data } = await openai.models.list()
    expect(data.map(({ id }) => id)).toContain('tiny:latest')
  })
})

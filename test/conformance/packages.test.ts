import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  hasPackage,
  leaveScript,
  PYTHON_USES,
  runScript,
} from '../official-clients/support/python.ts'
import { neutralise, tell } from '../official-clients/support/told.ts'
import type { Act, ClientUse } from '../official-clients/support/use.ts'
import { AI_SDK_COMPATIBLE, AI_SDK_NATIVE } from '../official-clients/uses/ai-sdk.ts'
import { ANTHROPIC_JS } from '../official-clients/uses/anthropic.ts'
import { LANGCHAIN } from '../official-clients/uses/langchain.ts'
import { OLLAMA_JS } from '../official-clients/uses/ollama.ts'
import { OPENAI_JS } from '../official-clients/uses/openai.ts'
import type { TestServer } from '../support/reprise.ts'
import { describeOllama, listModels, OLLAMA, startInFront } from './ollama.ts'

const USES: readonly ClientUse[] = [
  OLLAMA_JS,
  OPENAI_JS,
  ANTHROPIC_JS,
  LANGCHAIN,
  AI_SDK_NATIVE,
  AI_SDK_COMPATIBLE,
]

const direct = OLLAMA ?? ''

/** Vectors need a model that is no part of the recordings: without it they are left out. */
const EMBEDDER = 'minilm:latest'
const hasEmbedder = OLLAMA !== undefined && (await listModels()).includes(EMBEDDER)

if (!hasEmbedder)
  console.log(`conformance: no ${EMBEDDER}, so the clients' embeddings are left out`)

const isPossible = (what: string): boolean => hasEmbedder || !/embedd/.test(what)

/** The same answer may still differ between two runs of the model itself in what no client can rely on. */
async function expectSame(act: Act, url: string): Promise<void> {
  expect(neutralise(await tell(act, url))).toEqual(neutralise(await tell(act, direct)))
}

describeOllama.each(USES)('a program that uses $name', ({ kept, passed, leaving }) => {
  let reprise: TestServer

  beforeAll(async () => {
    reprise = await startInFront()
  })

  afterAll(() => reprise.close())

  const hits = () => reprise.log.filter(({ outcome }) => outcome === 'hit').length

  it.each(Object.entries(kept).filter(([what]) => isPossible(what)))(
    'gets the same of %s from Ollama itself, on a miss and on a hit',
    async (_, act) => {
      const before = hits()
      await expectSame(act, reprise.url)
      expect(hits()).toBe(before)
      await expectSame(act, reprise.url)
      await reprise.logged({ outcome: 'hit' }, before + 1)
    },
  )

  it.each(Object.entries(passed))('gets the same of %s from Ollama itself', async (_, act) => {
    await expectSame(act, reprise.url)
    await expectSame(act, reprise.url)
  })

  it('leaves, and is told the same when it asks again', async () => {
    await leaving.leave(reprise.url, () => undefined)
    await expectSame(leaving.stay, reprise.url)
  })
})

describe.skipIf(!hasEmbedder).each(PYTHON_USES)(
  'a program in Python that uses $name',
  ({ name, script }) => {
    it.runIf(hasPackage(name))('gets the same from Ollama itself, twice', async () => {
      const reprise = await startInFront()
      try {
        const expected = await runScript(script, direct)
        expect(await runScript(script, reprise.url)).toEqual(expected)
        expect(await runScript(script, reprise.url)).toEqual(expected)
        await reprise.logged({ outcome: 'hit' }, expected.kept)
        await leaveScript(script, reprise.url)
      } finally {
        await reprise.close()
      }
    })
  },
)

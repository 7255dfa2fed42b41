import { afterAll, beforeAll, expect, it } from 'vitest'
import { postJson } from '../support/raw-client.ts'
import type { TestServer } from '../support/reprise.ts'
import { ANSWERED, type Case, LOADING, REFUSED } from './cases.ts'
import { toSeen, withoutInstants } from './compare.ts'
import { askDirectly, describeOllama, startInFront } from './ollama.ts'

type Shape = 'stream' | 'whole'

const inShape = (body: object, shape: Shape) =>
  shape === 'whole' ? { ...body, stream: false } : body

describeOllama.each(['stream', 'whole'] as const)('asked for a %s first', (first) => {
  const other: Shape = first === 'stream' ? 'whole' : 'stream'
  let reprise: TestServer

  beforeAll(async () => {
    reprise = await startInFront()
  })

  afterAll(() => reprise.close())

  const askBoth = async (question: Case, shape: Shape) => {
    const body = inShape(question.body, shape)
    const direct = toSeen(await askDirectly(question.path, body))
    const answer = await postJson(reprise.port, question.path, body)
    return { direct, answer, seen: toSeen(answer) }
  }

  it.each(ANSWERED)(
    '$path $name is the same as a miss, and as a hit in both shapes',
    async (question) => {
      // The first run of a prompt has the last digits of its logprobs otherwise than those after it.
      await askDirectly(question.path, inShape(question.body, 'whole'))
      const miss = await askBoth(question, first)
      const hit = await askBoth(question, first)
      const turned = await askBoth(question, other)
      expect(miss.direct.line).toBe('200 OK')
      expect(miss.seen).toEqual(miss.direct)
      expect(hit.seen).toEqual(hit.direct)
      expect(turned.seen).toEqual(turned.direct)
      expect(withoutInstants(hit.answer)).toBe(withoutInstants(miss.answer))
      const words = [miss, hit, turned].map(({ answer }) => answer.header('x-cache'))
      expect(words).toEqual(['MISS', 'HIT', 'HIT'])
    },
  )

  it.each(REFUSED)('$path $name is refused in the same way, each time', async (question) => {
    for (const shape of [first, first, other]) {
      const { direct, seen, answer } = await askBoth(question, shape)
      expect(direct.line).not.toContain('200')
      expect(seen).toEqual(direct)
      expect(answer.header('x-cache')).toMatch(/^(MISS|BYPASS)$/)
    }
  })

  it.each([
    ['TINY', 'tiny:latest', 'library/tiny'],
    ['tiny', 'registry.ollama.ai/library/tiny:latest'],
  ])(
    'another spelling of %s is answered by the same entry, with that spelling',
    async (...names) => {
      const words: unknown[] = []
      for (const model of names) {
        const options = { temperature: 0, num_predict: 9 }
        const body = { model, prompt: `spelled as ${names[0]}`, options }
        const { direct, seen, answer } = await askBoth(
          { name: model, path: '/api/generate', body },
          first,
        )
        expect(seen).toEqual(direct)
        words.push(answer.header('x-cache'))
      }
      expect(words).toEqual(['MISS', ...names.slice(1).map(() => 'HIT')])
    },
  )

  it('requests that load and unload are the same, and reach Ollama each time', async () => {
    for (const question of LOADING) {
      const { direct, seen, answer } = await askBoth(question, first)
      expect(seen, question.name).toEqual(direct)
      expect(answer.header('x-cache')).toBe('BYPASS')
    }
  })
})

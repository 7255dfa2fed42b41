import { describe, expect, it } from 'vitest'
import { listEvents, listIds, toComparable } from './support/comparable.ts'
import { DIALECTS, openDialects } from './support/stage.ts'

const LAST = {
  '/v1/chat/completions': 'data: [DONE]\n\n',
  '/v1/completions': 'data: [DONE]\n\n',
  '/v1/responses': /^event: response\.completed\n/,
  '/v1/messages': /^event: message_stop\n/,
} as Record<string, string | RegExp>

describe.each(DIALECTS)('$path', ({ path, body }) => {
  const forms = {
    whole: body,
    stream: { ...body, stream: true },
  }

  it.each([
    ['whole', 'whole'],
    ['whole', 'stream'],
    ['stream', 'whole'],
    ['stream', 'stream'],
  ] as const)(
    'asked %s and then %s is run once, and both answers are Ollama’s',
    async (...order) => {
      const stage = await openDialects()
      const words: (string | undefined)[] = []
      for (const form of order) {
        const answer = await stage.ask(path, forms[form])
        const direct = await stage.direct(path, forms[form])
        expect(toComparable(answer.body)).toBe(toComparable(direct.body))
        expect(answer.header('content-type')).toBe(direct.header('content-type'))
        expect([answer.status, answer.end]).toEqual([200, 'proved'])
        words.push(answer.header('x-cache'))
      }
      expect(words).toEqual(['MISS', 'HIT'])
      const own = stage.origin.calls(path).filter(({ headers }) => hasVia(headers))
      expect(own).toHaveLength(1)
    },
  )

  it('ends with its last event, one event in each transfer chunk', async () => {
    const stage = await openDialects()
    for (const word of ['MISS', 'HIT']) {
      const answer = await stage.ask(path, forms.stream)
      expect(answer.header('x-cache')).toBe(word)
      expect(answer.chunks.map(String)).toEqual(listEvents(answer.body))
      expect(answer.chunks.at(-1)?.toString()).toMatch(LAST[path] ?? '')
    }
  })

  it('has ids and an instant of its own in each answer, the same throughout it', async () => {
    const stage = await openDialects()
    const ids = new Set<string>()
    const instants = new Set<string>()
    for (let time = 0; time < 6; time++) {
      const answer = await stage.ask(path, time % 2 === 0 ? forms.stream : forms.whole)
      const own = listIds(answer.body)
      // A response and the message in it have one each.
      expect(own.length).toBe(path === '/v1/responses' ? 2 : 1)
      for (const id of own) ids.add(id)
      const told = answer.body.toString().match(/"created(_at)?":\d+/g) ?? []
      expect(new Set(told).size).toBe(path === '/v1/messages' ? 0 : 1)
      for (const instant of told) instants.add(instant)
      stage.clock.advance(1000)
    }
    expect(ids.size).toBeGreaterThan(path === '/v1/responses' ? 8 : 3)
    if (path !== '/v1/messages') expect(instants.size).toBe(6)
  })

  it('echoes the model as each client wrote it', async () => {
    const stage = await openDialects()
    for (const model of ['tiny', 'TINY', 'tiny:latest', 'library/tiny']) {
      for (const form of [forms.stream, forms.whole]) {
        const answer = await stage.ask(path, { ...form, model })
        const names = answer.body.toString().match(/"model":"[^"]*"/g)
        expect(new Set(names)).toEqual(new Set([`"model":"${model}"`]))
      }
    }
    expect(stage.origin.calls(path)).toHaveLength(1)
  })

  it('is another question with another field, and the same one in another order', async () => {
    const stage = await openDialects()
    await stage.ask(path, forms.whole)
    const reversed = Object.fromEntries(Object.entries(body).reverse())
    expect((await stage.ask(path, reversed)).header('x-cache')).toBe('HIT')
    for (const more of [{ top_p: 0.5 }, { temperature: 0 }, { unheard: 1 }]) {
      expect((await stage.ask(path, { ...body, ...more })).header('x-cache')).toBe('MISS')
    }
    const variety = await stage.ask(path, { ...body, temperature: 0.9 })
    expect(variety.header('cache-status')).toBe('reprise; fwd=bypass; detail=temperature')
  })
})

function hasVia(headers: readonly (readonly [string, string])[]): boolean {
  return headers.some(([name]) => name.toLowerCase() === 'via')
}

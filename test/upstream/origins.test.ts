import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createOriginProbe, type OriginProbe } from '../../src/upstream/origins.ts'
import { openUpstream, startHttpOrigin } from './support/origin.ts'

/** Answers as Ollama does: 204 with CORS headers or 403 without (corpus 036, 040). */
async function startProbe(answer: (count: number) => 'yes' | 'no' | 'cut') {
  const asked: IncomingMessage[] = []
  const origin = await startHttpOrigin((request, response) => {
    asked.push(request)
    const verdict = answer(asked.length)
    if (verdict === 'cut') request.socket.destroy()
    else if (verdict === 'no') response.writeHead(403).end()
    else {
      response.setHeader('Access-Control-Allow-Origin', String(request.headers.origin))
      response.writeHead(204).end()
    }
  })
  const time = { now: 0 }
  const probe: OriginProbe = createOriginProbe(openUpstream(origin.url), { now: () => time.now })
  return { probe, asked, time }
}

describe('an Origin outside our list', () => {
  it('is asked of Ollama with a preflight, and its yes is a yes', async () => {
    const { probe, asked } = await startProbe(() => 'yes')
    expect(await probe.isAllowed('https://app.example')).toBe(true)
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['OPTIONS /api/chat'])
    expect(asked[0]?.headers).toMatchObject({
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
    })
  })

  it('is refused where Ollama refuses it', async () => {
    const { probe } = await startProbe(() => 'no')
    expect(await probe.isAllowed('https://evil.example')).toBe(false)
  })

  it.each(['yes', 'no'] as const)(
    'is remembered for 60 s when the answer was %s',
    async (answer) => {
      const { probe, asked, time } = await startProbe(() => answer)
      await probe.isAllowed('https://app.example')
      time.now = 60_000
      expect(probe.isAllowed('https://app.example')).toBe(answer === 'yes')
      time.now = 60_001
      expect(probe.isAllowed('https://app.example')).toBeInstanceOf(Promise)
      await probe.isAllowed('https://app.example')
      expect(asked).toHaveLength(2)
    },
  )

  it('is asked once for requests that arrive together', async () => {
    const { probe, asked } = await startProbe(() => 'yes')
    const answers = [1, 2, 3].map(() => probe.isAllowed('https://app.example'))
    expect(await Promise.all(answers)).toEqual([true, true, true])
    expect(asked).toHaveLength(1)
  })

  it('is refused, and not remembered, where Ollama does not answer', async () => {
    const { probe, asked } = await startProbe((count) => (count === 1 ? 'cut' : 'yes'))
    expect(await probe.isAllowed('https://app.example')).toBe(false)
    expect(await probe.isAllowed('https://app.example')).toBe(true)
    expect(asked).toHaveLength(2)
  })

  it('is forgotten once 256 others came after it', async () => {
    const { probe, asked } = await startProbe(() => 'no')
    for (let i = 0; i <= 256; i += 1) await probe.isAllowed(`https://${i}.example`)
    expect(probe.isAllowed('https://1.example')).toBe(false)
    expect(await probe.isAllowed('https://0.example')).toBe(false)
    expect(asked).toHaveLength(258)
  })
})

import { expect, it } from 'vitest'
import { send } from '../support/raw-client.ts'
import { startReprise } from '../support/reprise.ts'
import { askDirectly, describeOllama, OLLAMA, startInFront } from './ollama.ts'
import { startTap } from './tap.ts'

/** 20,480 tokens: about 45 s if nobody stops it. One slot: nothing else of this model runs meanwhile. */
const ENDLESS = { model: 'tiny-long', options: { temperature: 0, num_predict: -1 } }
const SOON_NANOSECONDS = 10e9

/** Whether the only slot of the model is free: how long a short run took, waiting included. */
async function runNext(): Promise<number> {
  const answer = await askDirectly('/api/generate', {
    model: 'tiny-long',
    prompt: 'next',
    stream: false,
    options: { temperature: 0, num_predict: 3 },
  })
  return JSON.parse(answer.body.toString()).total_duration
}

describeOllama('a client that leaves', () => {
  it('in the middle of a stream frees the slot, and leaves no entry', async () => {
    const reprise = await startInFront()
    const body = JSON.stringify({ ...ENDLESS, prompt: 'left a stream' })
    const ask = () => send(reprise.port, { method: 'POST', path: '/api/generate', body })
    const client = ask()
    await client.received(2_000)
    client.abort()
    expect(await runNext()).toBeLessThan(SOON_NANOSECONDS)
    const again = ask()
    await again.received(1)
    again.abort()
    expect((await again.answer).header('x-cache')).toBe('MISS')
    expect(await runNext()).toBeLessThan(SOON_NANOSECONDS)
    await reprise.close()
  })

  it('before its whole answer is there frees the slot', async () => {
    const tap = await startTap(OLLAMA ?? '')
    const reprise = await startReprise({ upstream: tap.url, flags: { 'inject.enabled': false } })
    const body = JSON.stringify({ ...ENDLESS, prompt: 'left a whole', stream: false })
    const next = tap.next()
    const client = send(reprise.port, { method: 'POST', path: '/api/generate', body })
    const run = await next
    await run.begun
    client.abort()
    expect(await run.over).toBe('aborted')
    expect(await runNext()).toBeLessThan(SOON_NANOSECONDS)
    await reprise.close()
    await tap.close()
  })
})

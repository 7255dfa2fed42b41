import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson, send } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url, flags: { 'queue.concurrency': 1 } })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

/** Reads events as they come, from a connection of its own. */
async function openEvents() {
  const controller = new AbortController()
  const answer = await fetch(`${reprise.url}/reprise/events`, { signal: controller.signal })
  const events: { name: string; data: Record<string, never> }[] = []
  const arrivals = new EventEmitter()
  void (async () => {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of answer.body ?? []) {
      const blocks = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
        if (name !== undefined) events.push({ name, data: JSON.parse(data ?? '') })
      }
      arrivals.emit('event')
    }
    arrivals.emit('end')
  })().catch(() => {})
  return {
    answer,
    events,
    ended: once(arrivals, 'end'),
    close: () => controller.abort(),
    async until(isWanted: (event: (typeof events)[number]) => boolean) {
      for (;;) {
        const found = events.find(isWanted)
        if (found !== undefined) return found.data as Record<string, unknown>
        await once(arrivals, 'event')
      }
    },
  }
}

describe('GET /reprise/events', () => {
  it('tells of requests as they end, without a word of theirs', async () => {
    const viewer = await openEvents()
    expect(viewer.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(viewer.answer.headers.get('cache-control')).toBe('no-store')
    const body = { model: 'tiny', prompt: 'a secret question' }
    await postJson(reprise.port, '/api/generate', body)
    await postJson(reprise.port, '/api/generate', body)
    const miss = await viewer.until(
      ({ name, data }) => name === 'request' && data.outcome === 'miss',
    )
    expect(miss).toMatchObject({ reason: 'absent', route: '/api/generate', model: 'tiny:latest' })
    const hit = await viewer.until(({ name, data }) => name === 'request' && data.outcome === 'hit')
    expect(hit).toMatchObject({ status: 200, savedMs: 2000 })
    expect(JSON.stringify(viewer.events)).not.toContain('secret')
    viewer.close()
  })

  it('tells of what waits and runs while it does', async () => {
    const viewer = await openEvents()
    const barrier = origin.hold('/api/generate', 'headers')
    const asked = ['one', 'two'].map((prompt) =>
      postJson(reprise.port, '/api/generate', { model: 'tiny', prompt }),
    )
    await viewer.until(
      ({ name, data }) =>
        name === 'state' && isState(data, { queueDepth: 1, running: 1, flights: 2 }),
    )
    barrier.release()
    await Promise.all(asked)
    const count = viewer.events.length
    await viewer.until(
      (event) =>
        viewer.events.indexOf(event) >= count - 1 &&
        event.name === 'state' &&
        isState(event.data, { queueDepth: 0, running: 0, flights: 0 }),
    )
    viewer.close()
  })

  it('answers to no page of another site, and to no other method', async () => {
    const cross = [['Sec-Fetch-Site', 'cross-site']] as const
    const refused = await exchange(reprise.port, { path: '/reprise/events', headers: cross })
    expect(refused.status).toBe(403)
    const posted = await exchange(reprise.port, { method: 'POST', path: '/reprise/events' })
    expect(posted.status).toBe(404)
  })

  it('does not keep the server from closing, and is cut where it is not read', async () => {
    const other = await startReprise({ upstream: origin.url })
    const silent = send(other.port, { path: '/reprise/events' })
    await silent.received(100)
    await other.close()
    expect((await silent.answer).end).toBe('proved')
  })
})

function isState(data: Record<string, unknown>, wanted: Record<string, number>): boolean {
  const state = data.origin as Record<string, unknown>
  return Object.entries(wanted).every(([name, value]) => state[name] === value)
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { createKeptClient, type KeptClient } from '../support/kept-client.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import type { RawAnswer } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let clock: ManualClock
let origin: SimulatedOrigin
let reprise: TestServer
let client: KeptClient
/** How many requests Node's own parser has read for Reprise. */
let parsed = 0

/** Node says so of each request whose head it has read, of every server in this process. */
function onRequest(message: unknown): void {
  const { server } = message as { server: Server }
  if ((server.address() as AddressInfo | null)?.port === reprise.port) parsed += 1
}

beforeEach(async () => {
  clock = createManualClock(Date.now())
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url, clock, logLevel: 'debug' })
  client = createKeptClient(() => reprise.port)
  subscribe('http.server.request.start', onRequest)
})

afterEach(async () => {
  unsubscribe('http.server.request.start', onRequest)
  client.close()
  await reprise.close()
  await origin.close()
})

const ask = (stream: boolean): Promise<RawAnswer> =>
  client.post('/api/generate', { model: 'tiny', prompt: 'again and again', stream })

/** What the same request is answered when it is asked so often, and which of them Node has parsed. */
async function askTimes(times: number, stream: boolean) {
  const answers: RawAnswer[] = []
  const isParsed: boolean[] = []
  for (let i = 0; i < times; i++) {
    parsed = 0
    answers.push(await ask(stream))
    isParsed.push(parsed > 0)
  }
  return { answers, isParsed }
}

describe('a request whose bytes were answered from the cache before', () => {
  it.each([true, false])(
    'is not parsed again, and answered the same (stream: %s)',
    async (stream) => {
      const { answers, isParsed } = await askTimes(6, stream)
      // A miss, a hit that makes the key known, one that makes the request known, and then:
      expect(isParsed.slice(3)).toEqual([false, false, false])
      const [, usual, , short] = answers
      expect([short?.headers, short?.body, short?.end]).toEqual([
        usual?.headers,
        usual?.body,
        'proved',
      ])
      expect(short?.chunks.length).toBe(usual?.chunks.length)
    },
  )

  it('is not parsed again where SQLite has to be asked', async () => {
    await reprise.close()
    const flags = { 'cache.memoryMaxBytes': '0' }
    reprise = await startReprise({ upstream: origin.url, clock, flags })
    const { answers, isParsed } = await askTimes(6, true)
    expect(isParsed.slice(3)).toEqual([false, false, false])
    expect(new Set(answers.slice(1).map(({ body }) => body.toString())).size).toBe(1)
    expect(await reprise.metric('reprise_hits_total{tier="sqlite"}')).toBe(5)
  })

  it('is forgotten before what is remembered takes more than its budget', async () => {
    const askLong = async (n: number) => {
      parsed = 0
      const prompt = `${n} ${'of sixty thousand letters '.repeat(2_300)}`
      await client.post('/api/generate', { model: 'tiny', prompt, stream: false })
      return parsed > 0 ? 'parsed' : 'known'
    }
    // Each takes its bytes, and twice as many for what was understood of them: 180 fill 32 MiB.
    for (let n = 0; n < 240; n++) for (let turn = 0; turn < 3; turn++) await askLong(n)
    const seen = [await askLong(239), await askLong(100), await askLong(0)]
    expect(seen).toEqual(['known', 'known', 'parsed'])
  })

  it('is counted, told and logged like every other', async () => {
    const { isParsed } = await askTimes(6, true)
    const short = isParsed.filter((each) => !each).length
    expect(short).toBeGreaterThan(0)
    const series = 'endpoint="/api/generate",kind="text",model="tiny:latest",outcome="hit"'
    expect(await reprise.metric(`reprise_requests_total{${series}}`)).toBe(5)
    expect(await reprise.metric('reprise_hits_total{tier="memory"}')).toBe(5)
    const lines = reprise.log.filter(({ outcome }) => outcome === 'hit')
    expect(lines.length).toBe(5)
    const [first, ...others] = lines.map(({ time: _time, ...line }) => line)
    for (const other of others) expect(other).toEqual(first)
    expect(reprise.stats().requests.hit).toBe(5)
  })

  it('is parsed each time where a page of the web asks: its answer has lines for that page', async () => {
    const page = 'http://localhost:3000'
    const headers = [['Origin', page]] as const
    const body = { model: 'tiny', prompt: 'again and again' }
    for (let turn = 0; turn < 6; turn++) {
      parsed = 0
      const answer = await client.post('/api/generate', body, headers)
      expect([answer.header('access-control-allow-origin'), parsed]).toEqual([page, 1])
    }
  })

  it('is parsed where something else has to be asked first', async () => {
    await askTimes(4, true)
    parsed = 0
    clock.advance(2_001)
    await ask(true)
    expect(parsed).toBe(1)
    await ask(true)
    expect(parsed).toBe(1)
  })

  it('is refused as every other while the server stops', async () => {
    await askTimes(4, true)
    const closing = reprise.close()
    const last = await ask(true).catch(() => undefined)
    expect(last?.status === 200).toBe(false)
    await closing
  })
})

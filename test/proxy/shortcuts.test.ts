import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConfigInput } from '../../src/config/load.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { OwnedStore } from '../../src/store/query.ts'
import type { Found } from '../../src/store/store.ts'
import { get, order } from '../admin/support/owner.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { createKeptClient, type KeptClient } from '../support/kept-client.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let clock: ManualClock
let origin: SimulatedOrigin
let reprise: TestServer
let store: OwnedStore
let kept: KeptClient
let isKept = true

beforeEach(async () => {
  clock = createManualClock(Date.now())
  origin = await startOrigin()
  kept = createKeptClient(() => reprise.port)
  await start()
})

afterEach(async () => {
  kept.close()
  await reprise.close()
  await origin.close()
})

async function start(flags: ConfigInput['flags'] = {}): Promise<void> {
  store = createMemoryStore(2 ** 24, () => clock.now())
  const all = { 'ttl.text': '1h', ...flags }
  reprise = await startReprise({ upstream: origin.url, clock, store, flags: all })
}

async function restart(flags: ConfigInput['flags']): Promise<void> {
  await reprise.close()
  await start(flags)
}

const QUESTION = { model: 'tiny', prompt: 'again and again' }
const GENERATE = '/api/generate'

const ask = (headers: [string, string][] = [], path = GENERATE) => post(QUESTION, headers, path)

const post = (body: object, headers: [string, string][] = [], path = GENERATE) =>
  isKept ? kept.post(path, body, headers) : postJson(reprise.port, path, body, headers)

/** The same bytes, asked until their answer is given in the shortest way there is. */
async function askThrice(): Promise<void> {
  for (const word of ['MISS', 'HIT', 'HIT']) expect((await ask()).header('x-cache')).toBe(word)
}

const keyOfEntry = async (): Promise<string> =>
  (await get(reprise, '/reprise/entries')).entries[0].key

/** Over a connection that is kept known bytes are not even parsed. */
const CONNECTIONS = [['kept'], ['new']]

describe.each(CONNECTIONS)('bytes whose answer was given before, over a %s connection', (which) => {
  beforeEach(() => {
    isKept = which === 'kept'
  })

  it('say which parameters were put into them, each spelling of a question its own', async () => {
    await askThrice()
    const seen: (string | undefined)[] = []
    for (let round = 0; round < 3; round++) {
      for (const given of [{}, { keep_alive: '5m' }, { keep_alive: '6m' }]) {
        const answer = await post({ ...QUESTION, ...given })
        expect(answer.header('x-cache')).toBe('HIT')
        seen.push(answer.header('x-reprise-injected'))
      }
    }
    const all = 'num_thread=6, keep_alive=30m, num_predict=4096'
    const rest = 'num_thread=6, num_predict=4096'
    expect(seen).toEqual([all, rest, rest, all, rest, rest, all, rest, rest])
  })

  it('are asked anew when their model is another', async () => {
    await askThrice()
    await postJson(reprise.port, '/api/create', { model: 'tiny', from: 'other' })
    expect((await ask()).header('x-cache')).toBe('MISS')
  })

  it('are asked anew when their model was changed behind the back, after two seconds', async () => {
    await askThrice()
    origin.setModel('tiny:latest', 'other')
    clock.advance(2_001)
    expect((await ask()).header('x-cache')).toBe('MISS')
  })

  it('are asked anew when a purge is over', async () => {
    await askThrice()
    await order(reprise, '/reprise/purge', { all: true })
    expect((await ask()).header('x-cache')).toBe('MISS')
  })

  it('are asked anew when the entry was evicted', async () => {
    await askThrice()
    store.remove(await keyOfEntry())
    expect((await ask()).header('x-cache')).toBe('MISS')
  })

  it('are given what was imported in the place of the entry', async () => {
    await askThrice()
    const { entry } = store.get(await keyOfEntry()) as Found
    clock.advance(10)
    const frames = [Buffer.from('{"model":"tiny","response":"imported","done":true}\n')]
    store.put({ ...entry, frames, storedAt: entry.storedAt + 1 })
    expect((await ask()).body.toString()).toContain('"imported"')
  })

  it('are asked anew in the millisecond in which the lifetime is over', async () => {
    await askThrice()
    const { expiresAt } = (store.get(await keyOfEntry()) as Found).entry
    clock.advance(expiresAt - clock.now() - 1)
    expect((await ask()).header('x-cache')).toBe('HIT')
    clock.advance(1)
    expect((await ask()).header('x-cache')).not.toBe('HIT')
  })

  it('say how old the answer is now, and how long it will be fresh', async () => {
    await askThrice()
    const before = await ask()
    clock.advance(60_000)
    const after = await ask()
    const ttlOf = (status = '') => Number(/ttl=(\d+)/.exec(status)?.[1])
    expect(Number(after.header('age')) - Number(before.header('age'))).toBe(60)
    expect(ttlOf(before.header('cache-status')) - ttlOf(after.header('cache-status'))).toBe(60)
    expect(Date.parse(after.header('date') ?? '')).toBe(Math.floor(clock.now() / 1000) * 1000)
    expect(after.body.toString()).toContain(new Date(clock.now()).toISOString().slice(0, 19))
  })
})

describe.each(CONNECTIONS)('what stands beside the bytes, over a %s connection', (which) => {
  beforeEach(() => {
    isKept = which === 'kept'
  })

  it.each([
    ['Cache-Control: no-cache', 'MISS'],
    ['Cache-Control: max-age=0', 'MISS'],
    ['Cache-Control: no-store', 'BYPASS'],
    ['Cache-Control: no-transform', 'MISS'],
    ['Pragma: no-cache', 'MISS'],
    ['Content-Encoding: gzip', 'BYPASS'],
    ['X-Reprise-Profile: long', 'MISS'],
    ['Content-Type: text/plain', 'HIT'],
    ['Cache-Control: only-if-cached', 'HIT'],
    ['User-Agent: another', 'HIT'],
  ])('counts as it always does (%s)', async (line, word) => {
    await restart({ profiles: { long: { maxTokens: 999 } } })
    await askThrice()
    const [name = '', value = ''] = line.split(': ')
    expect((await ask([[name, value]])).header('x-cache')).toBe(word)
    expect((await ask()).header('x-cache')).toBe('HIT')
  })

  it('is another question on another route, and no question with a query', async () => {
    await askThrice()
    expect((await ask([], '/v1/completions')).header('x-cache')).not.toBe('HIT')
    expect((await ask([], `${GENERATE}?a=1`)).header('x-cache')).toBe('BYPASS')
    expect((await exchange(reprise.port, { path: GENERATE })).header('x-cache')).toBe('BYPASS')
  })

  it('is refused by the guard before anything is looked at', async () => {
    await askThrice()
    expect((await ask([['Host', 'evil.example']])).status).toBe(403)
    expect((await ask([['Origin', 'http://evil.example']])).status).toBe(403)
    const allowed = await ask([['Origin', 'http://localhost:3000']])
    expect(allowed.header('x-cache')).toBe('HIT')
    expect(allowed.header('access-control-allow-origin')).toBe('http://localhost:3000')
  })

  it('makes no hit where the mode forbids it', async () => {
    for (const flags of [{ mode: 'observe' }, { mode: 'off' }, { 'cache.enabled': false }]) {
      await restart(flags)
      for (let i = 0; i < 3; i++) expect((await ask()).header('x-cache')).not.toBe('HIT')
    }
  })

  it('gives several kept answers in turn', async () => {
    await restart({ 'cache.variants': 2 })
    const words = []
    for (let i = 0; i < 6; i++) words.push((await ask()).header('x-cache'))
    expect(words).toEqual(['MISS', 'MISS', 'HIT', 'HIT', 'HIT', 'HIT'])
  })
})

describe('every hit', () => {
  it('is observed once and logged once', async () => {
    await askThrice()
    const series =
      'reprise_requests_total{endpoint="/api/generate",kind="text",model="tiny:latest",outcome="hit"}'
    await reprise.logged({ outcome: 'hit' }, 2)
    expect(await reprise.metric(series)).toBe(2)
    expect(reprise.log.filter(({ outcome }) => outcome === 'hit')).toHaveLength(2)
  })
})

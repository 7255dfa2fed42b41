import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { get, jsonOf, keeps, order, tokenOf } from './support/owner.ts'

const GENERATE = { model: 'tiny', prompt: 'why' }
const CHAT = { model: 'other', messages: [{ role: 'user', content: 'how' }] }
const EMBED = { model: 'tiny', input: 'a' }
const COMPLETION = { model: 'tiny', messages: [{ role: 'user', content: 'v1' }], stream: true }

const QUESTIONS: [string, object][] = [
  ['/api/generate', GENERATE],
  ['/api/chat', CHAT],
  ['/api/embed', EMBED],
  ['/v1/chat/completions', COMPLETION],
]

const withoutInstants = (text: Buffer) =>
  text
    .toString()
    .replace(/"created(_at)?":("[^"]*"|\d+)/g, '')
    .replace(/"id":"[^"]*"|"(total|load)_duration":\d+,?/g, '')

const servers: TestServer[] = []
let source: TestServer
let bundle: Buffer
const answers: Buffer[] = []

async function startOffline(): Promise<TestServer> {
  // Nothing answers on the discard port: were the origin asked, it would show.
  const options = { upstream: 'http://127.0.0.1:9', flags: { mode: 'offline' } }
  const server = await startReprise(options)
  servers.push(server)
  return server
}

const download = (server: TestServer, query = '') =>
  exchange(server.port, { path: `/reprise/export${query}`, headers: [tokenOf(server)] })

let origin: SimulatedOrigin

beforeAll(async () => {
  origin = await startOrigin()
  source = await startReprise({ upstream: origin.url })
  for (const [path, body] of QUESTIONS) {
    answers.push((await postJson(source.port, path, body)).body)
  }
  await keeps(source, 4)
  bundle = (await download(source)).body
})

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

afterAll(async () => {
  await source.close()
  await origin.close()
})

describe('export and import', () => {
  it('carry a recorded run to where there is no Ollama at all', async () => {
    const offline = await startOffline()
    const result = jsonOf(await order(offline, '/reprise/import', bundle))
    expect(result).toEqual({ imported: 4, kept: 0, damaged: 0, origin: 'adopted' })
    for (const [i, [path, body]] of QUESTIONS.entries()) {
      const answer = await postJson(offline.port, path, body)
      expect([path, answer.header('x-cache')]).toEqual([path, 'HIT'])
      expect(withoutInstants(answer.body)).toBe(withoutInstants(answers[i] ?? Buffer.alloc(0)))
    }
    const tags = jsonOf(await exchange(offline.port, { path: '/api/tags' }))
    const names = tags.models.map(({ name }: { name: string }) => name)
    expect(names.sort()).toEqual([...origin.world.models.keys()].sort())
    const version = jsonOf(await exchange(offline.port, { path: '/api/version' }))
    expect(version).toEqual({ version: origin.world.version })
    const unknown = await postJson(offline.port, '/api/generate', { model: 'tiny', prompt: 'new' })
    expect(unknown.status).toBe(504)
  })

  it('choose by the same parameters as the list', async () => {
    const lines = (await download(source, '?route=/api/chat')).body.toString().trim().split('\n')
    expect(lines.length).toBe(4)
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ count: 2 })
    expect((await download(source, '?colour=red')).status).toBe(400)
  })

  it('never put an older answer in the place of a newer one', async () => {
    const clock = createManualClock(Date.now() + 3600_000)
    const later = await startReprise({ upstream: origin.url, clock })
    servers.push(later)
    await postJson(later.port, '/api/generate', GENERATE)
    await keeps(later, 1)
    const [{ storedAt }] = (await get(later, '/reprise/entries')).entries
    const result = jsonOf(await order(later, '/reprise/import', bundle))
    expect(result).toEqual({ imported: 3, kept: 1, damaged: 0, origin: 'kept-own' })
    const again = await get(later, '/reprise/entries?route=/api/generate')
    expect(again.entries[0].storedAt).toBe(storedAt)
  })

  it('take an import twice without doing anything the second time', async () => {
    const offline = await startOffline()
    await order(offline, '/reprise/import', bundle)
    expect(jsonOf(await order(offline, '/reprise/import', bundle))).toMatchObject({
      imported: 0,
      kept: 4,
    })
  })

  it('leave out a damaged entry and say so', async () => {
    const offline = await startOffline()
    const damaged = Buffer.from(bundle)
    const at = damaged.indexOf('"/api/chat"')
    damaged[at + 1] = 'X'.charCodeAt(0)
    const answer = await order(offline, '/reprise/import', damaged)
    expect(answer.status).toBe(400)
    expect(jsonOf(answer).error).toMatch(/checksum.*3 entries before/)
    expect((await get(offline, '/reprise/entries')).total).toBe(3)
  })

  it('refuse what is of another key version, however much of it is still to come', async () => {
    const offline = await startOffline()
    const other = bundle.toString().replace('"keyVersion":"1"', '"keyVersion":"0"')
    const answer = await order(offline, '/reprise/import', other + 'x'.repeat(1_000_000))
    expect(answer.status).toBe(400)
    expect(jsonOf(answer).error).toContain('keys are of version 0')
    expect((await get(offline, '/reprise/entries')).total).toBe(0)
  })

  it('keep what they brought over a restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'reprise-import-'))
    const options = { upstream: 'http://127.0.0.1:9', flags: { mode: 'offline' }, dataDir }
    const first = await startReprise(options)
    await order(first, '/reprise/import', bundle)
    await first.close()
    const second = await startReprise(options)
    servers.push(second)
    const answer = await postJson(second.port, '/api/generate', GENERATE)
    expect(answer.header('x-cache')).toBe('HIT')
  })
})

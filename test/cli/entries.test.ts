import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, keeps } from '../admin/support/owner.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { reprise } from './support/command.ts'

let origin: SimulatedOrigin
let server: TestServer
let at: string[]

beforeAll(async () => {
  origin = await startOrigin()
  server = await startReprise({ upstream: origin.url })
  at = ['--listen', `127.0.0.1:${server.port}`]
  for (const [i, model] of ['tiny', 'other', 'tiny'].entries()) {
    await postJson(server.port, '/api/generate', { model, prompt: `${i}` })
    await keeps(server, i + 1)
  }
})

afterAll(async () => {
  await server.close()
  await origin.close()
})

describe('reprise entries', () => {
  it('prints a table with a row for each, and how many there are', async () => {
    const { status, out } = await reprise(['entries', ...at])
    const lines = out.trimEnd().split('\n')
    expect(status).toBe(0)
    expect(lines[0]).toMatch(/^key +model +route +kind +age +left +hits +size +saves +tokens$/)
    expect(lines[1]).toMatch(
      /^[0-9a-f]{12} +tiny +\/api\/generate +text +\d\.\d s +\d\d d \d+ h +0 +\d+ B +2\.0 s +\d+$/,
    )
    expect(lines.at(-1)).toBe('1 to 3 of 3')
  })

  it('filters, sorts and pages', async () => {
    const { out } = await reprise([
      ...['entries', ...at, '--model', 'tiny', '--newer-than', '1h'],
      ...['--sort', 'storedAt', '--ascending', '--limit', '1', '--offset', '1', '--json'],
    ])
    const page = JSON.parse(out)
    const all = await get(server, '/reprise/entries?model=tiny')
    expect(page).toMatchObject({ total: 2, offset: 1 })
    expect(page.entries.map(({ key }: { key: string }) => key)).toEqual([all.entries[0].key])
    expect((await reprise(['entries', ...at, '--older-than', '1d'])).out).toBe('no entries\n')
  })

  it.each([
    [['--kind', 'audio'], 'text, vision or embedding'],
    [['--older-than', 'long'], 'seconds as a number'],
    [['--colour', 'red'], "unknown option '--colour'"],
  ])('ends with 1 for %j', async (flags, sentence) => {
    const { status, err } = await reprise(['entries', ...at, ...flags])
    expect(status).toBe(1)
    expect(err).toContain(sentence)
  })

  it('ends with 69 where no server is', async () => {
    const { status, err } = await reprise(['entries', '--listen', '127.0.0.1:9'])
    expect(status).toBe(69)
    expect(err).toContain('no reprise answers at http://127.0.0.1:9')
  })
})

describe('reprise health', () => {
  it('ends with 0 where the server is alive, and with 69 where it is not', async () => {
    expect(await reprise(['health', ...at])).toMatchObject({ status: 0, out: 'alive\n' })
    expect(await reprise(['health', '--listen', '127.0.0.1:9'])).toMatchObject({ status: 69 })
    const other = `127.0.0.1:${origin.port}`
    expect(await reprise(['health', '--listen', other])).toMatchObject({ status: 69, out: '' })
  })
})

describe('reprise stats --reset', () => {
  it('begins to count again, with the token of the data directory', async () => {
    expect((await get(server, '/reprise/stats')).requests.miss).toBe(3)
    const refused = await reprise(['stats', '--reset', ...at, '--data-dir', '/nonexistent'])
    expect(refused).toMatchObject({ status: 1 })
    expect(refused.err).toContain('--data-dir')
    const owner = [...at, '--data-dir', server.dataDir]
    const { status, out } = await reprise(['stats', '--reset', '--json', ...owner])
    expect(status).toBe(0)
    expect(JSON.parse(out).requests.miss).toBe(0)
    expect((await get(server, '/reprise/stats')).requests.miss).toBe(0)
  })
})

describe('reprise explain', () => {
  it('says what would become of the request in a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'reprise-explain-')), 'request.json')
    writeFileSync(file, '{"path":"/api/generate","body":{"model":"tiny","prompt":"0"}}')
    const hit = await reprise(['explain', file, ...at])
    expect(hit.status).toBe(0)
    expect(hit.out).toMatch(/^hit: answered from memory, stored \d\.\d s ago, fresh for/)
    expect(hit.out).toMatch(/put in: +num_thread=6, keep_alive=30m, num_predict=4096\n/)
    writeFileSync(file, '{"path":"/api/generate","body":{"model":"tiny","prompt":"9"}}')
    const miss = await reprise(['explain', file, ...at])
    expect(miss.out).toMatch(
      /^miss: .*\nbecause: absent\nnearest: [0-9a-f]{12} \(tiny, .* differs in prompt\n/,
    )
    writeFileSync(
      file,
      '{"path":"/api/generate","body":{"model":"tiny","options":{"temperature":2},"prompt":"9"}}',
    )
    const bypass = await reprise(['explain', file, ...at])
    expect(bypass.out).toContain(
      'because: temperature (the setting sampling.maxTemperature governs it)',
    )
    expect(JSON.parse((await reprise(['explain', file, ...at, '--json'])).out)).toMatchObject({
      reason: 'temperature',
    })
    expect(await reprise(['explain', `${file}.gone`, ...at])).toMatchObject({
      status: 1,
      err: expect.stringContaining('there is no such file'),
    })
  })
})

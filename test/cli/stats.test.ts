import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Stats } from '../../src/admin/stats.ts'
import { createPaint } from '../../src/cli/paint.ts'
import { renderStats, toSize, toSpan } from '../../src/cli/stats-view.ts'

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname

const none = { hit: 0, stale: 0, miss: 0, collapsed: 0, bypass: 0, error: 0 }
const text = { hit: 6, stale: 1, miss: 2, collapsed: 1, bypass: 3, error: 1 }

const latencyMs = { hit: null, miss: null }

const saved = { seconds: 125.9, tokens: 4321, generations: 7, kilowattHours: null, money: null }
const nothing = { seconds: 0, tokens: 0, generations: 0, kilowattHours: null, money: null }
const wouldBe = { ...nothing, hitRate: 0.7, same: 0, different: 0 }

const SAMPLE: Stats = {
  mode: 'serve',
  version: '9.8.7',
  startedAt: '2026-01-02T03:04:05.000Z',
  uptimeSeconds: 3725,
  countedSince: '2026-01-02T03:04:05.000Z',
  upstream: { url: 'http://127.0.0.1:11434', version: '0.24.0', answering: true },
  entries: {
    total: 3,
    kinds: {
      text: { entries: 2, bytes: 5 * 1024 * 1024 },
      vision: { entries: 1, bytes: 2048 },
      embedding: { entries: 0, bytes: 0 },
    },
    tiers: { memory: { entries: 1, bytes: 10 }, sqlite: { entries: 3, bytes: 5_244_928 } },
  },
  requests: text,
  hitRate: 0.7,
  bypassShare: 3 / 14,
  kinds: {
    text: { ...text, hitRate: 0.7, latencyMs },
    vision: { ...none, hitRate: null, latencyMs },
    embedding: { ...none, hitRate: null, latencyMs },
  },
  latencyMs: { hit: { p50: 0.412, p95: 0.9, p99: 12.6 }, miss: null },
  saved,
  wouldBe,
  life: {
    since: '2025-11-12T10:11:12.000Z',
    requests: { ...text, hit: 600 },
    hitRate: 601 / 604,
    saved: { ...saved, seconds: 7384, tokens: 54_321, generations: 701 },
    wouldBe,
  },
}

let server: Server | undefined

afterEach(() => {
  server?.close()
  server = undefined
})

async function answerWith(status: number, body: string): Promise<string> {
  server = createServer((request, response) => {
    const isAsked = request.url === '/reprise/stats'
    response.writeHead(isAsked ? status : 500, { 'Content-Type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function run(args: readonly string[]) {
  return new Promise<{ status: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [MAIN, 'stats', ...args], (error, out, err) => {
      resolve({ status: Number(error?.code ?? 0), out, err })
    })
  })
}

describe('the statistics for a person', () => {
  const lines = renderStats(SAMPLE).split('\n')
  const cellsOf = (name: string) =>
    lines.find((line) => line.startsWith(name))?.split(/ {2,}/) ?? []

  it('have a row for each kind: entries, size, hits, misses, bypassed, hit rate', () => {
    expect(cellsOf('text')).toEqual(['text', '2', '5.0 MiB', '7', '3', '3', '70.0 %'])
    expect(cellsOf('vision')).toEqual(['vision', '1', '2.0 KiB', '0', '0', '0', '-'])
    expect(cellsOf('embedding')).toEqual(['embedding', '0', '0 B', '0', '0', '0', '-'])
  })

  it('have the percentiles of hits and misses, and a dash where there are none', () => {
    expect(cellsOf('hits')).toEqual(['hits', '0.41 ms', '0.90 ms', '13 ms'])
    expect(cellsOf('misses')).toEqual(['misses', '-', '-', '-'])
  })

  it('say what was saved, how long it runs, and whether Ollama answers', () => {
    expect(lines[0]).toBe(
      'reprise 9.8.7, up 1 h 2 min, in front of http://127.0.0.1:11434 (Ollama 0.24.0)',
    )
    expect(lines.at(-2)).toBe('hit rate 70.0 %, bypassed 21.4 %, errors 1')
    expect(lines.at(-1)).toBe('saved 2 min 5 s since the start, 2 h 3 min over restarts')
    const down = { ...SAMPLE, upstream: { ...SAMPLE.upstream, version: null, answering: false } }
    expect(renderStats(down)).toContain('(not answering)')
  })

  it('have the life of the cache beside the process', () => {
    const rows = lines.filter((line) => /this process|over restarts\) /.test(line))
    const cells = rows.map((row) => row.split(/ {2,}/).slice(1))
    expect(cells).toEqual([
      ['14', '7', '70.0 %', '2 min 5 s', '4321', '7'],
      ['608', '601', '99.5 %', '2 h 3 min', '54321', '701'],
    ])
  })

  it('say energy and money where the settings say what they are', () => {
    const money = { amount: 0.123456, currency: 'EUR' }
    const priced = { ...SAMPLE, saved: { ...saved, kilowattHours: 0.41152, money } }
    expect(renderStats(priced)).toContain('saved 2 min 5 s, 0.412 kWh, 0.123 EUR since the start')
  })

  it('say in mode observe what the cache would have done', () => {
    const would = { ...nothing, seconds: 90, tokens: 12, generations: 4, same: 3, different: 1 }
    const observed = renderStats({
      ...SAMPLE,
      mode: 'observe',
      wouldBe: { ...would, hitRate: 0.8 },
    })
    expect(observed).toContain('would have answered 4 requests more (a hit rate of 80.0 %)')
    expect(observed).toContain('saved 1 min 30 s, 12 tokens')
    expect(observed).toContain('the same 3 times, and another 1 times')
  })

  it('fit the terminal, in colour only where the terminal has it', () => {
    const narrow = renderStats(SAMPLE, { width: 40 }).split('\n')
    expect(narrow.filter((line) => line.length > 40)).toEqual([])
    expect(narrow[0]).toMatch(/…$/)
    expect(renderStats(SAMPLE)).not.toContain('\x1b')
    const paint = createPaint({ screen: 'coloured' })
    expect(renderStats(SAMPLE, { paint })).toContain('\x1b[1mreprise 9.8.7')
  })

  it.each([
    [0, '0.0 s'],
    [59.7, '59 s'],
    [119.7, '1 min 59 s'],
    [7199, '1 h 59 min'],
    [48 * 3600, '2 d 0 h'],
  ])('%d seconds are %s', (seconds, said) => {
    expect(toSpan(seconds)).toBe(said)
  })

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1024 ** 4 * 5000, '5000.0 TiB'],
  ])('%d bytes are %s', (bytes, said) => {
    expect(toSize(bytes)).toBe(said)
  })
})

describe('reprise stats', () => {
  it('prints the table of the server at --listen', async () => {
    const listen = await answerWith(200, JSON.stringify(SAMPLE))
    const { status, out, err } = await run(['--listen', listen])
    expect({ status, out, err }).toEqual({ status: 0, out: `${renderStats(SAMPLE)}\n`, err: '' })
  })

  it('prints with --json what the server says, unchanged', async () => {
    const listen = await answerWith(200, JSON.stringify(SAMPLE))
    const { out } = await run(['--json', '--listen', listen])
    expect(JSON.parse(out)).toEqual(SAMPLE)
  })

  it.each([
    ['an Ollama', 404, '{"error":"not found"}'],
    ['a page', 200, '<html></html>'],
    ['null', 200, 'null'],
  ])('ends with 69 and one line where %s answers instead', async (_what, status, body) => {
    const result = await run(['--listen', await answerWith(status, body)])
    expect(result.status).toBe(69)
    expect(result.err).toMatch(/^reprise: no reprise answers at http:\/\/127\.0\.0\.1:\d+.*\n$/)
  })
})

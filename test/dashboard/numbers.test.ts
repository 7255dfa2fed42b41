import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Stats } from '../../src/admin/stats.ts'
import { get } from '../admin/support/owner.ts'
import { reprise as command } from '../cli/support/command.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson, send } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { hasBrowser, openBrowser, openDashboard, statOf } from './support/browser.ts'

const MINUTE_MS = 60_000
const WORDS = ['hit', 'stale', 'miss', 'collapsed', 'bypass', 'error'] as const

let clock: ManualClock
let origin: SimulatedOrigin
let reprise: TestServer
let browser: Browser
let firstMinute: Stats['requests']

beforeAll(async () => {
  clock = createManualClock()
  origin = await startOrigin()
  const flags = { 'ttl.text': '30m' }
  reprise = await startReprise({ upstream: origin.url, clock, flags })
  if (hasBrowser) browser = await openBrowser()
  await runHour()
}, 60_000)

afterAll(async () => {
  await browser?.close()
  await reprise.close()
  await origin.close()
})

const generate = (prompt: string, rest: object = {}) =>
  postJson(reprise.port, '/api/generate', { model: 'tiny', prompt, ...rest })

/** An hour of every kind of request and every outcome, minute by minute. */
async function runHour(): Promise<void> {
  for (let minute = 0; minute < 60; minute++) {
    await generate(`question ${minute % 7}`)
    await generate(`question ${minute % 7}`)
    if (minute % 5 === 0) await generate('a poem', { options: { temperature: 0.9 } })
    if (minute % 6 === 0) {
      await postJson(reprise.port, '/api/embed', { model: 'other', input: `text ${minute % 4}` })
      await generate('what is this?', { images: ['aGk='] })
    }
    if (minute % 20 === 10) await askTogether(`together ${minute}`)
    if (minute === 45) await askWhileDown()
    if (minute === 0) firstMinute = reprise.stats().requests
    clock.advance(MINUTE_MS)
  }
  await exchange(reprise.port, { path: '/api/gen%65rate' })
}

/** Two ask the same while the origin is in the middle of its answer. */
async function askTogether(prompt: string): Promise<void> {
  const barrier = origin.hold('/api/generate', 1)
  const first = generate(prompt)
  await barrier.arrived
  const body = JSON.stringify({ model: 'tiny', prompt })
  const second = send(reprise.port, { method: 'POST', path: '/api/generate', body })
  await second.received(1)
  barrier.release()
  await Promise.all([first, second.answer])
}

/** What has expired is given for want of anything better, what is new gets an error. */
async function askWhileDown(): Promise<void> {
  for (let i = 0; i < 4; i++) origin.fail('/api/generate', { kind: 'reset-before-headers' })
  await generate('together 10')
  await generate('never asked before')
}

async function sumMetric(name: string, labels: string): Promise<number> {
  const { body } = await exchange(reprise.port, { path: '/metrics' })
  const lines = body.toString().split('\n')
  return lines
    .filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

function toRate({ hit, stale, miss, collapsed }: Stats['requests']): string {
  return `${((100 * (hit + stale)) / (hit + stale + miss + collapsed)).toFixed(1)} %`
}

const toCount = (count: number): string => count.toLocaleString('en')

describe('after an hour of mixed traffic', () => {
  it('every outcome has occurred, and the log, the metrics, the statistics and the command agree', async () => {
    const stats: Stats = await get(reprise, '/reprise/stats')
    for (const word of WORDS) {
      const logged = reprise.log.filter(({ outcome }) => outcome === word).length
      expect([word, stats.requests[word] > 0]).toEqual([word, true])
      expect([word, logged]).toEqual([word, stats.requests[word]])
      const counted = await sumMetric('reprise_requests_total', `outcome="${word}"`)
      expect([word, counted]).toEqual([word, stats.requests[word]])
    }
    expect(await sumMetric('reprise_saved_seconds_total', '')).toBeCloseTo(stats.saved.seconds)
    expect(await sumMetric('reprise_saved_tokens_total', '')).toBe(stats.saved.tokens)
    const shown = await command(['stats', '--json', '--listen', `127.0.0.1:${reprise.port}`])
    expect(JSON.parse(shown.out).requests).toEqual(stats.requests)
  })

  it.runIf(hasBrowser)(
    'the page shows the same numbers, and nothing went wrong in it',
    async () => {
      const { page, faults } = await openDashboard(browser, reprise.url)
      const stats: Stats = await get(reprise, '/reprise/stats')
      for (const word of WORDS) {
        expect([word, await statOf(page, `requests.${word}`)]).toEqual([
          word,
          String(stats.requests[word]),
        ])
      }
      expect(await statOf(page, 'hitRate')).toBe(toRate(stats.requests))
      // The hour ends with the current minute: the first one has left it.
      const inHour = WORDS.map((word) => [word, stats.requests[word] - firstMinute[word]])
      expect(await statOf(page, 'hour.hitRate')).toBe(toRate(Object.fromEntries(inHour)))
      expect(await statOf(page, 'saved.generations')).toBe(toCount(stats.saved.generations))
      expect(await statOf(page, 'saved.tokens')).toBe(toCount(stats.saved.tokens))
      expect(await statOf(page, 'entries.total')).toBe(toCount(stats.entries.total))
      expect(await statOf(page, 'saved.seconds')).toBe(
        `${(stats.saved.seconds / 60).toPrecision(3)} min`,
      )
      expect(faults).toEqual([])
      await page.close()
    },
  )

  it.runIf(hasBrowser)(
    'a request that ends is on the page at once, and in its numbers',
    async () => {
      const { page, faults } = await openDashboard(browser, reprise.url)
      const before: Stats = await get(reprise, '/reprise/stats')
      await postJson(reprise.port, '/api/chat', {
        model: 'tiny',
        messages: [{ role: 'user', content: 'now' }],
      })
      clock.advance(1_000)
      const row = page.locator('#request-rows tr').first()
      await row.getByText('/api/chat').waitFor()
      expect(await row.textContent()).toMatch(/miss absent\/api\/chattiny:latest200/)
      const misses = page.locator('[data-stat="requests.miss"]')
      await misses.getByText(String(before.requests.miss + 1), { exact: true }).waitFor()
      expect(faults).toEqual([])
      await page.close()
    },
  )

  it.runIf(hasBrowser)('a page on which nothing happens asks the server for nothing', async () => {
    const { page, asked } = await openDashboard(browser, reprise.url, { clock: 'installed' })
    const before = asked.length
    await page.clock.runFor(10 * MINUTE_MS)
    expect(asked.slice(before)).toEqual([])
    await page.close()
  })
})

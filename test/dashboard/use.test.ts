import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { OwnedStore } from '../../src/store/query.ts'
import { entryOf } from '../store/entries.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { hasBrowser, openBrowser, openDashboard } from './support/browser.ts'
import { listContrasts, listMissed, measureWidths, reach } from './support/in-page.mjs'

const EVIL = '<img src=x onerror="alert(1)"><script>alert(2)</script>'

let origin: SimulatedOrigin
let store: OwnedStore
let reprise: TestServer
let browser: Browser

beforeAll(async () => {
  if (!hasBrowser) return
  origin = await startOrigin()
  origin.setModel(EVIL, 'evil')
  store = createMemoryStore(64 * 1024 * 1024, Date.now)
  reprise = await startReprise({ upstream: origin.url, store })
  await postJson(reprise.port, '/api/generate', { model: 'tiny', prompt: 'one' })
  browser = await openBrowser()
}, 60_000)

afterAll(async () => {
  await browser?.close()
  await reprise?.close()
  await origin?.close()
})

const fill = (from: number, count: number, model: string) => {
  for (let n = from; n < from + count; n++) {
    const instants = { storedAt: Date.now() - n * 1_000, expiresAt: Date.now() + 3_600_000 }
    store.put(entryOf(n, { model, ...instants }))
  }
}

/** Every place that the key goes to, from the top of the page to its end. */
async function tabThrough(page: Page): Promise<string[]> {
  const seen: string[] = []
  for (let i = 0; i < 400; i++) {
    await page.keyboard.press('Tab')
    const name = await page.evaluate(reach)
    if (name === '' && i > 0) break
    seen.push(name)
  }
  return seen
}

const SIZES = [
  { width: 380, height: 700 },
  { width: 1280, height: 800 },
]

describe.runIf(hasBrowser)('the page', () => {
  it('shows the name of a model as text, whatever stands in it', async () => {
    fill(1, 1, EVIL)
    const { page, faults } = await openDashboard(browser, reprise.url)
    expect(await page.locator('#model-rows').textContent()).toContain(EVIL)
    expect(await page.locator('#entry-rows').textContent()).toContain(EVIL)
    await page.getByRole('button', { name: 'Purge the entry' }).first().click()
    await page.locator('#confirm').getByRole('button', { name: 'Keep them' }).click()
    await page.getByRole('button', { name: `Entries of ${EVIL}` }).click()
    await page.getByText('1 to 1 of 1').waitFor()
    await page.locator('#explain-form textarea').fill(JSON.stringify({ model: EVIL, prompt: EVIL }))
    await page.locator('#explain-form').getByRole('button').click()
    await page.locator('#explanation dl').waitFor()
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(faults).toEqual([])
    await page.close()
  })

  it.each(SIZES)('fits into $width pixels', async (viewport) => {
    fill(1, 30, `a-model-with-a-name-that-does-not-end-${'x'.repeat(80)}`)
    const { page } = await openDashboard(browser, reprise.url, { viewport })
    const { content, window } = await page.evaluate(measureWidths)
    expect(content).toBeLessThanOrEqual(window)
    await page.close()
  })

  it('takes the keyboard to everything that can be used', async () => {
    const { page } = await openDashboard(browser, reprise.url)
    const seen = await tabThrough(page)
    expect(seen[0]).toContain('Skip to')
    expect(await page.evaluate(listMissed)).toEqual([])
    await page.close()
  })

  it('gives everything that can be used a name, and every table heads', async () => {
    const { page } = await openDashboard(browser, reprise.url)
    for (const role of ['button', 'textbox', 'combobox', 'link', 'img', 'checkbox'] as const) {
      const all = await page.getByRole(role).count()
      expect([role, all > 0]).toEqual([role, true])
      expect([role, await page.getByRole(role, { name: /\S/ }).count()]).toEqual([role, all])
    }
    const bare = await page.locator('table:not(:has(th[scope=col]))').count()
    expect(bare).toBe(0)
    await page.close()
  })

  it.each(['light', 'dark'] as const)('can be read in the %s scheme', async (colorScheme) => {
    const { page } = await openDashboard(browser, reprise.url, { colorScheme })
    const texts = ['--ink', '--quiet', '--accent', '--danger']
    const ratios = await page.evaluate(listContrasts, { texts, grounds: ['--panel', '--paper'] })
    // WCAG 2.2, 1.4.3.
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(4.5)
    await page.close()
  })
})

describe.runIf(hasBrowser)('purging from the page', () => {
  it('asks first, and by keyboard alone', async () => {
    fill(1, 30, 'doomed')
    const { page, faults } = await openDashboard(browser, reprise.url)
    await page.locator('#filter [name=model]').fill('doomed')
    await page.keyboard.press('Enter')
    await page.getByText('1 to 25 of 30').waitFor()
    const purge = page.getByRole('button', { name: 'Purge the entry' }).first()
    await purge.focus()
    await page.keyboard.press('Enter')
    await page.locator('#confirm[open]').waitFor()
    await page.keyboard.press('Escape')
    expect((await store.list(ALL)).total).toBe(30)
    await purge.focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('1 to 25 of 29').waitFor()
    await page.getByRole('button', { name: 'Purge these…' }).click()
    await page.getByText('29 entries that match the filter go.').waitFor()
    await page.locator('#confirm').getByRole('button', { name: 'Purge' }).click()
    await page.getByText('29 entries were purged.').waitFor()
    expect((await store.list(ALL)).total).toBe(0)
    expect(faults).toEqual([])
    await page.close()
  })

  it('asks for the token where the page was not given it', async () => {
    await store.purge({}, 'purge')
    fill(1, 1, 'doomed')
    const headers = { 'X-Forwarded-For': '203.0.113.9' }
    const { page, faults } = await openDashboard(browser, reprise.url, {
      extraHTTPHeaders: headers,
    })
    await page.getByRole('button', { name: 'of doomed' }).first().click()
    const dialog = page.locator('#confirm')
    await dialog.getByLabel('Token').fill('a wrong one')
    await dialog.getByRole('button', { name: 'Purge' }).click()
    await page.getByText('this needs the token').waitFor()
    expect((await store.list(ALL)).total).toBe(1)
    // The browser itself notes the refusal.
    expect(faults.filter((fault) => !fault.includes('401'))).toEqual([])
    await page.close()
  })

  it('sorts by each column, and turns round when it is chosen again', async () => {
    fill(1, 3, 'doomed')
    const { page } = await openDashboard(browser, reprise.url)
    const head = page.locator('th', { has: page.getByRole('button', { name: 'stored' }) })
    expect(await head.getAttribute('aria-sort')).toBe('descending')
    await head.getByRole('button').click()
    expect(await head.getAttribute('aria-sort')).toBe('ascending')
    for (const name of ['model', 'hits', 'size', 'expires', 'key']) {
      await page.locator('#entry-heads').getByRole('button', { name }).click()
    }
    await page.waitForSelector('#entry-rows td')
    await page.close()
  })
})

const ALL = {
  filter: { model: 'doomed' },
  sortBy: 'key',
  order: 'ascending',
  limit: 1,
  offset: 0,
} as const

import { spawnSync } from 'node:child_process'
import { type Browser, chromium, type Page } from 'playwright-core'
import { vi } from 'vitest'
import { reportPolicy } from './in-page.mjs'

// A browser that shares two processors with everything else takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const executablePath = NAMES.map((name) =>
  spawnSync('which', [name]).stdout.toString().trim(),
).find((path) => path !== '')

/** Whether what needs a browser is tested: without one it is left out, unless somebody insists. */
export const hasBrowser = executablePath !== undefined || process.env.REPRISE_REQUIRE_TOOLS === '1'

if (!hasBrowser)
  console.log(`skipped: none of ${NAMES.join(', ')} is installed to open the page in`)

/** Starts the system's Chromium. Rejects where there is none. */
export function openBrowser(): Promise<Browser> {
  if (executablePath === undefined) {
    throw new Error(`REPRISE_REQUIRE_TOOLS is set, and none of ${NAMES.join(', ')} is installed`)
  }
  // As root, as in a container, Chromium refuses to run in its sandbox.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath, args })
}

/** A page, with everything it did wrong: errors, breaches of its policy, requests to other servers. */
export interface WatchedPage {
  readonly page: Page
  readonly faults: string[]
  /** Addresses that it asked for, in order. */
  readonly asked: string[]
}

/** Opens the dashboard of a server and waits until all its parts are there. */
export async function openDashboard(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newPage']>[0] & { readonly clock?: 'installed' } = {},
): Promise<WatchedPage> {
  const { clock, ...rest } = options
  const page = await browser.newPage(rest)
  // Shorter than a test may take, so that it says what it waited for.
  page.setDefaultTimeout(30_000)
  const faults: string[] = []
  const asked: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('requestfailed', (request) => {
    // Leaving the page ends its events.
    if (!request.url().endsWith('/events')) faults.push(`failed: ${request.url()}`)
  })
  page.on('request', (request) => {
    asked.push(request.url())
    const isOwn = request.url().startsWith(`${url}/`) || request.url().startsWith('data:')
    if (!isOwn) faults.push(`asked elsewhere: ${request.url()}`)
  })
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.addInitScript(reportPolicy)
  if (clock === 'installed') await page.clock.install()
  await page.goto(`${url}/reprise/`)
  await page.waitForSelector('[data-state=live]')
  await page.waitForSelector('#entry-rows td')
  await page.waitForSelector('#model-rows td')
  await page.waitForSelector('#setting-rows th')
  await page.waitForSelector('#request-rows td')
  return { page, faults, asked }
}

/** What stands in the place of a number. */
export async function statOf(page: Page, name: string): Promise<string> {
  return (await page.locator(`[data-stat="${name}"]`).first().textContent()) ?? ''
}

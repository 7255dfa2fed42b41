import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hasBrowser } from './support/browser.ts'

const SCRIPT = fileURLToPath(new URL('../../scripts/take-screenshots.mjs', import.meta.url))
const SIGNATURE = '\x89PNG\r\n\x1a\n'
/** Where a PNG says how wide and how high it is. */
const SIZE_AT = 16

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-pictures-test-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

describe.runIf(hasBrowser)('the pictures of the dashboard', () => {
  it('are taken by a script, in both schemes', async () => {
    await promisify(execFile)(process.execPath, [SCRIPT, folder])
    const [light, dark] = ['light', 'dark'].map((scheme) =>
      readFileSync(join(folder, `dashboard-${scheme}.png`)),
    )
    for (const picture of [light, dark]) {
      expect(picture?.toString('latin1', 0, SIGNATURE.length)).toBe(SIGNATURE)
      expect([picture?.readUInt32BE(SIZE_AT), picture?.readUInt32BE(SIZE_AT + 4)]).toEqual([
        1280, 1180,
      ])
    }
    expect(light?.equals(dark ?? Buffer.alloc(0))).toBe(false)
  })
})

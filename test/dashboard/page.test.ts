import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenOf } from '../admin/support/owner.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

const FILES = readdirSync(new URL('../../src/admin/dashboard/', import.meta.url))

let origin: SimulatedOrigin
let reprise: TestServer
let token: string

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
  token = tokenOf(reprise)[1].slice('Bearer '.length)
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const get = (path: string, headers: readonly (readonly [string, string])[] = []) =>
  exchange(reprise.port, { path, headers })

describe('the files of the dashboard', () => {
  it.each(FILES)('%s is served, lets nothing else be loaded, and is not kept', async (name) => {
    const answer = await get(`/reprise/${name === 'index.html' ? '' : name}`)
    expect(answer.status).toBe(200)
    const policy = answer.header('Content-Security-Policy') ?? ''
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule)
    }
    expect(policy).not.toContain('unsafe')
    expect(answer.header('X-Content-Type-Options')).toBe('nosniff')
    expect(answer.header('Referrer-Policy')).toBe('no-referrer')
    expect(answer.header('Cross-Origin-Opener-Policy')).toBe('same-origin')
    expect(answer.header('Cross-Origin-Resource-Policy')).toBe('same-origin')
    expect(answer.header('Cache-Control')).toBe('no-store')
    expect(answer.header('X-Cache')).toBeUndefined()
  })

  it('name nothing outside of themselves, and hold no script and no style inline', () => {
    for (const name of FILES) {
      const text = readFileSync(
        new URL(`../../src/admin/dashboard/${name}`, import.meta.url),
        'utf8',
      )
      // Names of XML languages look like addresses and are none.
      expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//)
      expect(text).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|innerHTML|outerHTML/)
    }
  })

  it.each(['/reprise/admin-token', '/reprise/..', '/reprise/dashboard', '/reprise/index.html/x'])(
    'are all that is served: %s is not',
    async (path) => {
      expect((await get(path)).status).not.toBe(200)
    },
  )

  it('are found from the address without the slash', async () => {
    expect((await get('/reprise')).header('Location')).toBe('/reprise/')
  })
})

describe('the token', () => {
  const pageFor = async (headers: readonly (readonly [string, string])[]) =>
    (await get('/reprise/', headers)).body.toString()

  it('is in the page that this machine asks for by its own name', async () => {
    for (const host of ['127.0.0.1', 'localhost:11435', '[::1]:11435']) {
      expect(await pageFor([['Host', host]])).toContain(`content="${token}"`)
    }
  })

  it.each([
    ['by a name of somebody else’s', ['Host', 'reprise.internal']],
    ['by an address in the network', ['Host', '192.168.1.4:11435']],
    ['through a proxy', ['X-Forwarded-For', '203.0.113.9']],
    ['through a proxy that says so as RFC 7239 has it', ['Forwarded', 'for=203.0.113.9']],
  ] as const)('is not in a page that is asked for %s', async (_what, header) => {
    const text = await pageFor([header])
    expect(text).not.toContain(token)
    if (text !== '') expect(text).toContain('<meta name="reprise-token" content="">')
  })

  it('is in no other answer', async () => {
    const paths = ['stats', 'config', 'entries', 'models', 'health', 'ready', 'dashboard.js']
    for (const path of [...paths.map((name) => `/reprise/${name}`), '/metrics']) {
      expect((await get(path)).body.toString()).not.toContain(token)
    }
    const cross = await pageFor([['Sec-Fetch-Site', 'cross-site']])
    expect(cross).not.toContain(token)
  })
})

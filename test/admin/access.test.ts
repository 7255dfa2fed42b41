import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAdminToken, readAdminToken } from '../../src/admin/admin-token.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { get, jsonOf, order, tokenOf } from './support/owner.ts'

let origin: SimulatedOrigin
let reprise: TestServer

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const CHANGES = [
  '/reprise/purge',
  '/reprise/expire',
  '/reprise/stats/reset',
  '/reprise/import',
  '/reprise/inspect',
]

describe('the token', () => {
  const fresh = () => mkdtempSync(join(tmpdir(), 'reprise-token-'))
  const bytesOf = (fill: number) => (count: number) => Buffer.alloc(count, fill)

  it('is 32 random bytes that only the owner can read, and stays the same', () => {
    const dataDir = join(fresh(), 'made')
    const first = openAdminToken(dataDir, bytesOf(7))
    const text = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim()
    expect(Buffer.from(text, 'base64url')).toEqual(Buffer.alloc(32, 7))
    expect(statSync(join(dataDir, 'admin-token')).mode & 0o777).toBe(0o600)
    const second = openAdminToken(dataDir, bytesOf(8))
    expect(readAdminToken(dataDir)).toBe(text)
    for (const { token } of [first, second]) expect(token.isShownBy(`Bearer ${text}`)).toBe(true)
  })

  it('is taken away from others who could read it, and made anew where it is none', () => {
    const dataDir = fresh()
    const path = join(dataDir, 'admin-token')
    writeFileSync(path, 'not a token', { mode: 0o644 })
    openAdminToken(dataDir, bytesOf(9))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readAdminToken(dataDir)).toBe(Buffer.alloc(32, 9).toString('base64url'))
  })

  it('is known to nobody where it cannot be written', () => {
    const dataDir = join(fresh(), 'file')
    writeFileSync(dataDir, '')
    const { token, fault } = openAdminToken(dataDir, bytesOf(1))
    expect(fault).toBeInstanceOf(Error)
    expect(token.isShownBy(undefined)).toBe(false)
    rmSync(dataDir)
    mkdirSync(dataDir)
    expect(readAdminToken(dataDir)).toBeUndefined()
  })

  it.each([undefined, '', 'Bearer ', 'Bearer wrong', 'Basic x'])(
    'is not shown by %j',
    async (value) => {
      const headers: [string, string][] = value === undefined ? [] : [['Authorization', value]]
      for (const path of CHANGES) {
        const answer = await order(reprise, path, { all: true }, headers)
        expect([path, answer.status]).toEqual([path, 401])
        expect(answer.header('www-authenticate')).toBe('Bearer')
        expect(jsonOf(answer).error).toContain('admin-token')
      }
      const refused = await exchange(reprise.port, { path: '/reprise/export', headers })
      expect(refused.status).toBe(401)
    },
  )
})

describe('the reserved paths', () => {
  it('change nothing on GET', async () => {
    for (const path of CHANGES) {
      const answer = await exchange(reprise.port, { path, headers: [tokenOf(reprise)] })
      expect([path, answer.status]).toEqual([path, 404])
    }
  })

  it.each([
    ['another site', [['Sec-Fetch-Site', 'cross-site']]],
    ['another port, which Ollama would let in', [['Origin', 'http://localhost:3000']]],
    ['a page without a place', [['Origin', 'app://obsidian.md']]],
  ] as const)('refuse a page of %s, with and without the token', async (_who, headers) => {
    for (const path of ['/reprise/stats', '/reprise/entries', '/reprise/config', '/metrics']) {
      const answer = await exchange(reprise.port, { path, headers })
      expect([path, answer.status]).toEqual([path, 403])
    }
    const purge = await order(reprise, '/reprise/purge', { all: true }, [
      ...headers,
      tokenOf(reprise),
    ])
    expect(purge.status).toBe(403)
  })

  it('answer a page of their own', async () => {
    const host = `127.0.0.1:${reprise.port}`
    const headers = [
      ['Host', host],
      ['Origin', `http://${host}`],
      ['Sec-Fetch-Site', 'same-origin'],
    ] as const
    expect((await exchange(reprise.port, { path: '/reprise/stats', headers })).status).toBe(200)
  })

  it('tell every setting with its value and where it comes from', async () => {
    const { settings } = await get(reprise, '/reprise/config')
    const of = (key: string) => settings.find((each: { key: string }) => each.key === key)
    expect(of('upstream')).toEqual({
      key: 'upstream',
      value: origin.url,
      source: 'flag',
      environment: 'REPRISE_UPSTREAM',
    })
    expect(of('dataDir').value).toBe(reprise.dataDir)
    expect(of('cache.maxBytes')).toMatchObject({ value: 1024 ** 3, source: 'default' })
  })
})

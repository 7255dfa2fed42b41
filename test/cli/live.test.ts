import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { hasTerminals, runAtTerminal } from './support/pseudo-terminal.ts'

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname

let origin: SimulatedOrigin
let reprise: TestServer
let listen: string[]

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
  listen = ['--listen', `127.0.0.1:${reprise.port}`]
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const ask = (prompt: string) => postJson(reprise.port, '/api/generate', { model: 'tiny', prompt })

/** Runs a command whose output is no terminal, and gives its lines. */
function runPiped(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args, ...listen])
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async next(pattern: RegExp): Promise<string> {
      for (;;) {
        const { value = '', done } = await lines.next()
        if (done === true || pattern.test(value)) return value
      }
    },
    async interrupt() {
      child.kill('SIGINT')
      return (await once(child, 'exit'))[0]
    },
  }
}

describe.runIf(hasTerminals)('reprise top at a terminal', () => {
  it('shows requests as they end, follows its size, and gives the terminal back at q', async () => {
    const top = runAtTerminal(['top', ...listen], { NO_COLOR: '1' })
    await top.shows(/\[\?1049h/)
    await top.shows(/hit rate/)
    await ask('shown')
    await top.shows(/miss +\/api\/generate +tiny:latest +200/)
    await ask('shown')
    await top.shows(/hit +\/api\/generate +tiny:latest +200 +[\d.]+ ms +2\.0 s/)
    top.resize(40, 6)
    await top.shows(/:\d+…/)
    top.type('q')
    const { out, status, restored } = await top.end
    expect([status, restored]).toEqual([0, true])
    expect(out.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true)
    expect(out).not.toContain('\x1b[32m')
  })

  it('has colours where nobody forbids them, and ends at Ctrl-C', async () => {
    const top = runAtTerminal(['top', ...listen])
    await top.shows(/hit rate/)
    await ask('coloured')
    await ask('coloured')
    await top.shows(/\[32mhit/)
    top.type('\x03')
    expect(await top.end).toMatchObject({ status: 0, restored: true })
  })

  it('gives the terminal back to a signal that ends it', async () => {
    const top = runAtTerminal(['top', ...listen])
    await top.shows(/hit rate/)
    top.kill(15)
    const { out, status, restored } = await top.end
    expect([status, restored]).toEqual([0, true])
    expect(out.endsWith('\x1b[?1049l')).toBe(true)
  })

  it('says without a server what to do, on the screen that stays', async () => {
    const { out, status } = await runAtTerminal(['top', '--listen', '127.0.0.1:9']).end
    expect(status).toBe(69)
    expect(out).toContain('start it with "reprise serve"')
    expect(out).not.toContain('\x1b[?1049h')
  })
})

describe.runIf(hasTerminals)('reprise stats --watch at a terminal', () => {
  it('draws in place when something changes, and leaves the last numbers behind', async () => {
    const watch = runAtTerminal(['stats', '--watch', ...listen], { NO_COLOR: '1' })
    await watch.shows(/Ctrl-C or q ends/)
    const before = reprise.stats().requests
    await ask('watched')
    await watch.shows(new RegExp(`text +\\d+ .* ${before.hit} +${before.miss + 1} `))
    watch.type('\x03')
    const { out, status, restored } = await watch.end
    expect([status, restored]).toEqual([0, true])
    const left = out.split('\x1b[?1049l')[1] ?? ''
    expect(left).toMatch(/text +\d+ /)
    expect(left).not.toContain('\x1b')
  })
})

describe('without a terminal', () => {
  it('reprise top prints a line for each request, and ends in good order at SIGINT', async () => {
    await ask('before')
    const top = runPiped(['top'])
    await top.next(/miss/)
    await ask('before')
    expect(await top.next(/hit/)).toMatch(
      /^\d\d:\d\d:\d\d {2}hit {2}\/api\/generate {2}tiny:latest/,
    )
    expect(await top.interrupt()).toBe(0)
  })

  it('reprise top --json prints each event', async () => {
    const top = runPiped(['top', '--json'])
    expect(JSON.parse(await top.next(/"past"/)).requests.length).toBeGreaterThan(0)
    expect(JSON.parse(await top.next(/"state"/)).state.origin).toMatchObject({ queueDepth: 0 })
    await ask('json')
    const { request } = JSON.parse(await top.next(/"request"/))
    expect(request).toMatchObject({ outcome: 'miss', route: '/api/generate', status: 200 })
    expect(await top.interrupt()).toBe(0)
  })

  it('reprise stats --watch --json prints what reprise stats --json does, for each change', async () => {
    const watch = runPiped(['stats', '--watch', '--json'])
    const first = JSON.parse(await watch.next(/./))
    await ask('changed')
    const { requests } = first
    const second = JSON.parse(await watch.next(new RegExp(`"miss":${requests.miss + 1},`)))
    expect(second.requests).toEqual({ ...requests, miss: requests.miss + 1 })
    expect(second.life.saved).toEqual(reprise.stats().life.saved)
    expect(await watch.interrupt()).toBe(0)
  })
})

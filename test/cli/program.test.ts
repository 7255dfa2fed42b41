import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATABASE_NAME } from '../../src/store/schema.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson, send } from '../support/raw-client.ts'

/** The built command: `npm test` has brought it up to date. */
const MAIN = new URL('../../dist/main.js', import.meta.url).pathname

let origin: SimulatedOrigin
const children: ChildProcess[] = []

beforeAll(async () => {
  origin = await startOrigin()
})

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await origin.close()
})

const environment = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' }

function start(args: readonly string[], more: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...environment, ...more } })
  children.push(child)
  return child
}

/** Runs a command to its end. */
async function run(args: readonly string[], more: Record<string, string> = {}) {
  const child = start(args, more)
  let out = ''
  let err = ''
  child.stdout?.on('data', (text) => {
    out += text
  })
  child.stderr?.on('data', (text) => {
    err += text
  })
  const [status] = await once(child, 'close')
  return { status: status as number, out, err }
}

/** Starts `reprise serve` and waits for its start line. */
async function serve(args: readonly string[] = []) {
  const dataDir = mkdtempSync(join(tmpdir(), 'reprise-cli-'))
  const flags = ['--listen', '127.0.0.1:0', '--upstream', origin.url, '--data-dir', dataDir]
  const child = start(['serve', ...flags, ...args])
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  for await (const line of lines) {
    const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port !== undefined) return { child, line, port: Number(port), dataDir }
  }
  throw new Error('no start line')
}

describe('reprise', () => {
  it('alone explains itself, with examples', async () => {
    const { status, out } = await run([])
    expect(status).toBe(0)
    expect(out).toMatch(/1\. reprise serve .*stats /s)
    expect(out.split('\n').every((line) => line.length <= 80)).toBe(true)
    expect(out).toMatch(/OLLAMA_HOST=127\.0\.0\.1:11435/)
  })

  it.each(['serve', 'stats', 'demo'])('%s --help has an example', async (command) => {
    const { status, out } = await run([command, '--help'])
    expect(status).toBe(0)
    expect(out).toMatch(/Examples?:\n/)
  })

  it('ends with 1 for a command it does not know', async () => {
    const { status, err } = await run(['frobnicate'])
    expect(status).toBe(1)
    expect(err).toMatch(/unknown command/)
  })

  it('ends with 78 for a configuration that is not valid, saying every fault', async () => {
    const { status, err } = await run(['serve', '--mode', 'fast'], { REPRISE_CACHE_MAX_BYTES: 'x' })
    expect(status).toBe(78)
    expect(err).toMatch(/mode: "fast"/)
    expect(err).toMatch(/cache\.maxBytes: "x"/)
  })

  it('ends with 69 where no server answers', async () => {
    const { status, err } = await run(['stats', '--listen', '127.0.0.1:9'])
    expect(status).toBe(69)
    expect(err).toMatch(/reprise serve/)
  })

  it.each(['1', '3'])(
    'ends with 1 and a sentence where the port is taken, with %s workers',
    async (workers) => {
      const listen = `127.0.0.1:${origin.port}`
      const { status, err } = await run(['serve', '--listen', listen, '--workers', workers])
      expect(status).toBe(1)
      expect(err).toMatch(/in use.*--listen/)
      expect(err).not.toMatch(/ {4}at /)
    },
  )
})

describe('reprise serve', () => {
  it('says in one line where it listens, what it forwards to and how many entries it has', async () => {
    const { child, line, port } = await serve()
    expect(line).toBe(
      `reprise 0.1.0 listening on http://127.0.0.1:${port} -> ${origin.url} (Ollama ${origin.world.version}), 0 entries`,
    )
    child.kill('SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(0)
  })

  it('logs for people where it is told to', async () => {
    const { child, port } = await serve(['--log-format', 'pretty'])
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    const told = (async () => {
      for await (const line of lines) if (line.includes('/api/generate')) return line
      return ''
    })()
    await postJson(port, '/api/generate', { model: 'tiny', prompt: 'pretty' })
    expect(await told).toMatch(
      /INFO: miss \(absent\) \/api\/generate tiny:latest 200 [\d.]+ ms \d+ B/,
    )
    child.kill('SIGKILL')
  })

  it('says it as JSON where the log is JSON', async () => {
    const { child, line } = await serve(['--log-format', 'json'])
    expect(JSON.parse(line)).toMatchObject({ version: '0.1.0', upstream: origin.url, entries: 0 })
    child.kill('SIGKILL')
  })

  it('ends a running stream in good order on SIGTERM, refuses new requests, and keeps the entry', async () => {
    const { child, port, dataDir } = await serve()
    const barrier = origin.hold('/api/generate', 4)
    const body = '{"model":"tiny","prompt":"while stopping"}'
    const client = send(port, { method: 'POST', path: '/api/generate', body })
    await barrier.arrived
    await client.received(1)
    // A connection that is open already: what comes on it is refused, not reset.
    const waiting = send(port, {
      path: '/',
      head: 'GET /api/version HTTP/1.1\r\nHost: localhost\r\n',
    })
    await once(waiting.socket, 'connect')
    child.kill('SIGTERM')
    // The listener is closed once connecting fails; only then is the rest of the head sent.
    for (;;) {
      const probe = send(port, { path: '/reprise/health' })
      if ((await probe.answer).line === '') break
    }
    waiting.socket.write('\r\n')
    expect((await waiting.answer).status).toBe(503)
    barrier.release()
    const answer = await client.answer
    expect(answer.end).toBe('proved')
    expect((await once(child, 'exit'))[0]).toBe(0)
    expect(existsSync(join(dataDir, DATABASE_NAME))).toBe(true)
    expect(existsSync(join(dataDir, `${DATABASE_NAME}-wal`))).toBe(false)
  })

  it('starts again after kill -9, and gives what had been written', async () => {
    const first = await serve()
    const question = { model: 'tiny', prompt: 'killed' }
    const miss = await postJson(first.port, '/api/generate', question)
    for (let i = 0; i < 64; i++) {
      // A full batch is committed at once: the first answer is in the database when the last is stored.
      await postJson(first.port, '/api/generate', { model: 'tiny', prompt: `filler ${i}` })
    }
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    const second = await serve(['--data-dir', first.dataDir])
    const again = await postJson(second.port, '/api/generate', question)
    const withoutInstants = (body: Buffer) => body.toString().replace(/"created_at":"[^"]*"/g, '')
    expect(withoutInstants(again.body)).toBe(withoutInstants(miss.body))
    second.child.kill('SIGKILL')
  })
})

describe('reprise stats', () => {
  it('prints tables for people and JSON for programs, with the same numbers', async () => {
    const { child, port } = await serve()
    const question = { model: 'tiny', prompt: 'counted' }
    await postJson(port, '/api/generate', question)
    await postJson(port, '/api/generate', question)
    const table = await run(['stats', '--listen', `127.0.0.1:${port}`])
    const json = await run(['stats', '--json'], { REPRISE_LISTEN: `127.0.0.1:${port}` })
    const stats = JSON.parse(json.out)
    expect(stats.requests).toMatchObject({ hit: 1, miss: 1 })
    expect(stats.hitRate).toBe(0.5)
    expect(stats.saved).toMatchObject({ seconds: 2, generations: 1, kilowattHours: null })
    expect(table.out).toMatch(/text +1 .* 1 +1 +0 +50\.0 %/)
    expect(table.out).toMatch(/saved 2\.0 s since the start, 2\.0 s over restarts/)
    child.kill('SIGKILL')
  })
})

describe('reprise demo', () => {
  it('serves without an Ollama, says so in every line, and answers the second time from the cache', async () => {
    const child = start(['serve', '--demo', '--listen', '127.0.0.1:0'])
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    const printed: string[] = []
    let port = 0
    for await (const line of lines) {
      printed.push(line)
      port = Number(/listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0)
      if (port !== 0) break
    }
    const plain = printed.filter((line) => !line.startsWith('{'))
    expect(plain.every((line) => line.startsWith('[demo'))).toBe(true)
    const told = printed.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).msg)
    expect(told.every((message) => message.startsWith('[demo'))).toBe(true)
    expect(plain.filter((line) => line.includes('curl')).length).toBe(2)
    const question = { model: 'demo', prompt: 'Why is the sky blue?', stream: false }
    const first = await postJson(port, '/api/generate', question)
    const second = await postJson(port, '/api/generate', question)
    expect(first.header('x-cache')).toBe('MISS')
    expect(second.header('x-cache')).toBe('HIT')
    child.kill('SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(0)
  })
})

import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readWrittenRequest } from '../../src/admin/request-line.ts'
import { type CaptureOptions, createCapture } from '../../src/proxy/capture.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise } from '../support/reprise.ts'

const fresh = () => mkdtempSync(join(tmpdir(), 'reprise-capture-'))

const openCapture = (path: string, options: Partial<CaptureOptions> = {}) =>
  createCapture({ path, maxBytes: 1e6, onFull: () => {}, onFault: () => {}, ...options })

const linesOf = (dataDir: string) =>
  readFileSync(join(dataDir, 'requests.jsonl'), 'utf8').trim().split('\n')

let origin: SimulatedOrigin

beforeAll(async () => {
  origin = await startOrigin()
})

afterAll(() => origin.close())

describe('capture.requests', () => {
  it('is off by default', async () => {
    const dataDir = fresh()
    const reprise = await startReprise({ upstream: origin.url, dataDir })
    await postJson(reprise.port, '/api/generate', { model: 'tiny', prompt: 'x' })
    await reprise.close()
    expect(existsSync(join(dataDir, 'requests.jsonl'))).toBe(false)
  })

  it('writes every request to a model down, hits too, for the owner alone; but not what forbids it', async () => {
    const dataDir = fresh()
    const flags = { 'capture.requests': true }
    const reprise = await startReprise({ upstream: origin.url, dataDir, flags })
    const ask = (prompt: string, headers: [string, string][] = []) =>
      postJson(reprise.port, '/api/generate', { model: 'tiny', prompt }, headers)
    await ask('one')
    await ask('one')
    await ask('two', [['X-Reprise-Profile', 'stage1']])
    await ask('secret', [['Cache-Control', 'max-age=1, no-store']])
    await postJson(reprise.port, '/api/show', { model: 'tiny' })
    await reprise.close()
    expect(linesOf(dataDir).map((line) => JSON.parse(line))).toEqual([
      { path: '/api/generate', body: { model: 'tiny', prompt: 'one' } },
      { path: '/api/generate', body: { model: 'tiny', prompt: 'one' } },
      {
        path: '/api/generate',
        headers: { 'X-Reprise-Profile': 'stage1' },
        body: { model: 'tiny', prompt: 'two' },
      },
    ])
    expect(statSync(join(dataDir, 'requests.jsonl')).mode & 0o777).toBe(0o600)
  })
})

describe('a captured request', () => {
  const profile = undefined

  it.each([
    ['a number that JavaScript would change', '{"options":{"seed":9007199254740993,"t":0.0}}'],
    ['a key that stands twice', '{"a":1,"a":2}'],
    ['what is no JSON', 'hello "there"\n'],
    ['nothing', ''],
  ])('is read back as the bytes it was: %s', async (_what, text) => {
    const dataDir = fresh()
    const path = join(dataDir, 'requests.jsonl')
    const capture = openCapture(path)
    capture.note({ path: '/api/chat?x=1', body: Buffer.from(text), profile })
    await capture.close()
    const [line = ''] = linesOf(dataDir)
    expect(readWrittenRequest(Buffer.from(line))).toEqual({
      path: '/api/chat?x=1',
      body: Buffer.from(text),
      headers: {},
    })
  })

  it('stands in one line, however it was written', async () => {
    const dataDir = fresh()
    const path = join(dataDir, 'requests.jsonl')
    const capture = openCapture(path)
    capture.note({ path: '/api/chat', body: Buffer.from('{\r\n  "a": "b\\nc"\n}'), profile })
    capture.note({ path: '/api/chat', body: Buffer.from([0xff, 0xfe]), profile })
    await capture.close()
    expect(linesOf(dataDir)).toEqual(['{"path":"/api/chat","body":{    "a": "b\\nc" }}'])
  })

  it('is left out, with one word, where the file would grow too long, with what earlier processes wrote', async () => {
    const dataDir = fresh()
    const path = join(dataDir, 'requests.jsonl')
    const words: string[] = []
    const write = async (count: number) => {
      const capture = openCapture(path, { maxBytes: 100, onFull: () => words.push('full') })
      for (let i = 0; i < count; i++) {
        capture.note({ path: '/api/chat', body: Buffer.from('{}'), profile })
      }
      await capture.close()
    }
    await write(2)
    expect(words).toEqual([])
    await write(3)
    expect([words, linesOf(dataDir).length, statSync(path).size]).toEqual([['full'], 3, 93])
  })

  it('is let go of, with one word, where the file cannot be written', async () => {
    const file = join(fresh(), 'file')
    writeFileSync(file, '')
    const faults: unknown[] = []
    const capture = openCapture(join(file, 'requests.jsonl'), {
      onFault: (error: unknown) => faults.push(error),
    })
    const body = Buffer.from('{}')
    for (let i = 0; i < 3; i++) capture.note({ path: '/api/chat', body, profile })
    await capture.close()
    expect(faults.length).toBe(1)
  })
})

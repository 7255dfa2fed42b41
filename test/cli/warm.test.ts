import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keeps } from '../admin/support/owner.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { reprise } from './support/command.ts'

let origin: SimulatedOrigin
let server: TestServer
let at: string[]
let file: string

beforeEach(async () => {
  origin = await startOrigin()
  server = await startReprise({ upstream: origin.url })
  at = ['--listen', `127.0.0.1:${server.port}`]
  file = join(mkdtempSync(join(tmpdir(), 'reprise-warm-')), 'questions.jsonl')
})

afterEach(async () => {
  await server.close()
  await origin.close()
})

const line = (prompt: string, more = '') =>
  `{"path":"/api/generate","body":{"model":"tiny","prompt":"${prompt}"${more}}}`

const write = (...lines: string[]) => writeFileSync(file, `${lines.join('\n')}\n`)

describe('reprise warm', () => {
  it('asks every question once, so that the next client gets a hit, and sums up', async () => {
    await postJson(server.port, '/api/generate', '{"model":"tiny","prompt":"known"}')
    await keeps(server, 1)
    write(line('known'), '', line('a'), line('b'), line('hot', ',"options":{"temperature":2}'))
    const { status, out, shown } = await reprise(['warm', file, '--json', ...at])
    const { seconds, ...counts } = JSON.parse(out)
    expect(status).toBe(0)
    expect(counts).toEqual({ warm: 1, generated: 2, bypassed: 1, skipped: 0, failed: 0 })
    expect(seconds).toBeGreaterThanOrEqual(0)
    expect(shown[0]).toMatch(/^\[#+-*\] +\d+ % {2}\d warm, \d generated, \d failed/)
    for (const prompt of ['a', 'b']) {
      const answer = await postJson(server.port, '/api/generate', { model: 'tiny', prompt })
      expect(answer.header('x-cache')).toBe('HIT')
    }
    const again = await reprise(['warm', file, ...at])
    expect(again.out).toMatch(/^already warm 3, generated 0, failed 0, .* spent\nnot kept 1/)
  })

  it('asks so many at a time', async () => {
    write(...['a', 'b', 'c', 'd', 'e'].map((prompt) => line(prompt)))
    const barrier = origin.hold('/api/generate', 'headers')
    const warmed = reprise(['warm', file, '--concurrency', '3', ...at])
    await origin.waitForCall('/api/generate', 3)
    expect(origin.calls('/api/generate').length).toBe(3)
    barrier.release()
    expect((await warmed).status).toBe(0)
    expect(origin.calls('/api/generate').length).toBe(5)
  })

  it('goes on after failures, names their lines, and ends with 1', async () => {
    origin.fail('/api/generate', { kind: 'status', status: 500 } as never)
    write(line('a'), 'no json', '{"path":"/api/generate","body":{"model":"gone","prompt":"x"}}')
    const { status, err, out } = await reprise(['warm', file, '--concurrency', '1', ...at])
    expect(status).toBe(1)
    expect(err).toMatch(/questions\.jsonl:2: no request like/)
    expect(err).toMatch(/questions\.jsonl:3: 404 .*not found/)
    expect(out).toMatch(/failed [23]/)
  })

  it('resumes where an earlier run failed or was ended', async () => {
    const gone = '{"path":"/api/generate","body":{"model":"soon","prompt":"x"}}'
    write(line('a'), gone, line('b'))
    const first = await reprise(['warm', file, '--resume', ...at])
    expect(first.status).toBe(1)
    expect(readFileSync(`${file}.done`, 'utf8').trim().split('\n').length).toBe(2)
    origin.setModel('soon:latest', 'soon')
    const second = await reprise(['warm', file, '--resume', '--json', ...at])
    expect(JSON.parse(second.out)).toMatchObject({ generated: 1, skipped: 2, warm: 0 })
    expect(existsSync(`${file}.done`)).toBe(false)
  })

  it('reads what the server wrote down', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'reprise-captured-'))
    const flags = { 'capture.requests': true }
    const captured = await startReprise({ upstream: origin.url, dataDir, flags })
    const question = '{"model":"tiny",\n "prompt":"captured","options":{"seed":9007199254740993}}'
    await postJson(captured.port, '/api/generate', question)
    await captured.close()
    const { status } = await reprise(['warm', join(dataDir, 'requests.jsonl'), ...at])
    expect(status).toBe(0)
    const answer = await postJson(server.port, '/api/generate', question)
    expect(answer.header('x-cache')).toBe('HIT')
  })

  it('says so where there is no file or no server', async () => {
    expect(await reprise(['warm', `${file}.gone`, ...at])).toMatchObject({ status: 1 })
    write(line('a'))
    expect(await reprise(['warm', file, '--listen', '127.0.0.1:9'])).toMatchObject({ status: 69 })
  })
})

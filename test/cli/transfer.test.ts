import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { get, keeps } from '../admin/support/owner.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { reprise } from './support/command.ts'

let origin: SimulatedOrigin
let source: TestServer
let offline: TestServer
const folder = mkdtempSync(join(tmpdir(), 'reprise-bundle-'))

const of = ({ port, dataDir }: TestServer) => [
  ...['--listen', `127.0.0.1:${port}`],
  ...['--data-dir', dataDir],
]

beforeAll(async () => {
  origin = await startOrigin()
  source = await startReprise({ upstream: origin.url })
  for (let i = 0; i < 20; i++) {
    await postJson(source.port, '/api/generate', { model: 'tiny', prompt: `${i}` })
  }
  await postJson(source.port, '/api/generate', { model: 'other', prompt: 'x' })
  await keeps(source, 21)
})

beforeEach(async () => {
  offline = await startReprise({ upstream: 'http://127.0.0.1:9', flags: { mode: 'offline' } })
})

afterEach(() => offline.close())

afterAll(async () => {
  await source.close()
  await origin.close()
})

describe('reprise export and import', () => {
  it.each(['all.jsonl', 'all.jsonl.gz'])('carry every entry by way of %s', async (name) => {
    const file = join(folder, name)
    const saved = await reprise(['export', file, ...of(source)])
    expect(saved).toMatchObject({ status: 0, err: '' })
    expect(saved.out).toMatch(/^21 entries, [\d.]+ KiB, in /)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(existsSync(`${file}.part`)).toBe(false)
    const loaded = await reprise(['import', file, ...of(offline)])
    expect(loaded.out).toBe(
      '21 entries taken in, and the models they are of; 0 were here already, as new or newer\n',
    )
    const answer = await postJson(offline.port, '/api/generate', { model: 'tiny', prompt: '7' })
    expect(answer.header('x-cache')).toBe('HIT')
    const again = await reprise(['import', file, '--json', ...of(offline)])
    expect(JSON.parse(again.out)).toMatchObject({ imported: 0, kept: 21, damaged: 0 })
  })

  it('compress where the name says so', async () => {
    const plain = join(folder, 'one.jsonl')
    await reprise(['export', plain, '--model', 'other', ...of(source)])
    await reprise(['export', `${plain}.gz`, '--model', 'other', ...of(source)])
    const lines = readFileSync(plain, 'utf8').trimEnd().split('\n')
    expect(lines.length).toBe(3)
    expect(
      gunzipSync(readFileSync(`${plain}.gz`))
        .toString()
        .split('\n')[1],
    ).toBe(lines[1])
  })

  it('take in nothing of a file that is cut, changed, or none', async () => {
    const file = join(folder, 'whole.jsonl')
    await reprise(['export', file, ...of(source)])
    const bytes = readFileSync(file)
    const broken: [Buffer, string][] = [
      [bytes.subarray(0, bytes.length / 2), 'ends in the middle'],
      [Buffer.from(bytes.toString().replace('/api/generate', '/api/generatf')), 'checksum'],
      [Buffer.from('{"hello":"world"}\n'), 'its first line is no reprise-bundle header'],
    ]
    for (const [content, sentence] of broken) {
      const path = join(folder, 'broken.jsonl')
      writeFileSync(path, content)
      const { status, err } = await reprise(['import', path, ...of(offline)])
      expect(status).toBe(1)
      expect(err).toContain(sentence)
      expect((await get(offline, '/reprise/entries')).total).toBe(0)
    }
  })

  it('leave no half a file behind, and say what went wrong', async () => {
    const wrong = ['--listen', `127.0.0.1:${source.port}`, '--data-dir', '/nonexistent']
    const file = join(folder, 'refused.jsonl')
    expect(await reprise(['export', file, ...wrong])).toMatchObject({ status: 1 })
    expect(await reprise(['export', join(folder, 'no', 'way'), ...of(source)])).toMatchObject({
      status: 1,
      err: expect.stringContaining('there is no such file'),
    })
    expect(await reprise(['import', file, ...of(offline)])).toMatchObject({ status: 1 })
    expect(existsSync(file) || existsSync(`${file}.part`)).toBe(false)
  })
})

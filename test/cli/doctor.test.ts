import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDatabase } from '../../src/cli/check-database.ts'
import { checkDisk, checkThreads } from '../../src/cli/check-machine.ts'
import { checkOrigin } from '../../src/cli/check-origin.ts'
import type { Finding } from '../../src/cli/finding.ts'
import type { DatabaseFacts } from '../../src/cli/probes.ts'
import { loadConfig } from '../../src/config/load.ts'
import { keeps } from '../admin/support/owner.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise } from '../support/reprise.ts'
import { reprise } from './support/command.ts'

const configOf = (flags: object = {}) => loadConfig({ flags, environment: {} })

const stateOf = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ check, state }) => [check, state]))

let origin: SimulatedOrigin

beforeAll(async () => {
  origin = await startOrigin()
})

afterAll(() => origin.close())

const fresh = () => mkdtempSync(join(tmpdir(), 'reprise-doctor-'))

describe('reprise doctor', () => {
  it('looks through a running server at everything, and finds nothing wrong', async () => {
    const server = await startReprise({ upstream: origin.url })
    await postJson(server.port, '/api/generate', { model: 'tiny', prompt: 'x' })
    await keeps(server, 1)
    const place = ['--listen', `127.0.0.1:${server.port}`, '--data-dir', server.dataDir]
    // The server knows its own origin better than who asks.
    const args = ['doctor', ...place, '--upstream', 'http://127.0.0.1:7']
    const { status, out } = await reprise([...args, '--json'])
    const findings: Finding[] = JSON.parse(out)
    expect(status).toBe(0)
    expect(stateOf(findings)).toMatchObject({
      ...{ configuration: 'ok', server: 'ok', upstream: 'ok', models: 'ok', clock: 'ok' },
      ...{ database: 'ok', entries: 'ok', size: 'ok' },
    })
    const says = (check: string) => findings.find((each) => each.check === check)?.says
    expect(says('upstream')).toBe(`Ollama ${origin.world.version} at ${origin.url}`)
    expect(says('database')).toMatch(/^schema \d+, 1 entries, whole$/)
    expect(says('entries')).toBe('1 drawn at random match their checksums')
    expect((await reprise(args)).out).toMatch(/^ok +configuration +valid;/)
    await server.close()
  })

  it('opens the files itself where no server is, and says what to do where Ollama is not', async () => {
    const dataDir = fresh()
    const before = await startReprise({ upstream: origin.url, dataDir })
    await postJson(before.port, '/api/generate', { model: 'tiny', prompt: 'x' })
    await before.close()
    const place = ['--listen', '127.0.0.1:9', '--data-dir', dataDir]
    const { status, out, err } = await reprise([
      ...['doctor', ...place],
      ...['--upstream', 'http://127.0.0.1:7', '--json'],
    ])
    expect(status).toBe(1)
    expect(err).toMatch(/1 of \d+ checks found something to mend/)
    expect(stateOf(JSON.parse(out))).toMatchObject({
      ...{ server: 'warning', upstream: 'fault', database: 'ok', entries: 'ok' },
    })
  })

  it('makes nothing where nothing is', async () => {
    const dataDir = join(fresh(), 'none')
    const place = ['--listen', '127.0.0.1:9', '--data-dir', dataDir, '--upstream', origin.url]
    const { status, out } = await reprise(['doctor', ...place, '--json'])
    expect(status).toBe(0)
    expect(stateOf(JSON.parse(out)).database).toBe('warning')
    expect(existsSync(dataDir)).toBe(false)
  })

  it('ends with 78 and every fault of a configuration that is not valid', async () => {
    const file = join(fresh(), 'reprise.json')
    writeFileSync(file, '{"mode":"fast","cache":{"maxBytes":"x"}}')
    const { status, err } = await reprise(['doctor', '--config', file])
    expect(status).toBe(78)
    expect(err).toMatch(/mode: "fast"/)
    expect(err).toMatch(/cache\.maxBytes: "x"/)
  })
})

describe('the checks', () => {
  const NOW = Date.UTC(2026, 0, 1)
  const DAY_MS = 86_400_000

  const facts = (changes: Partial<DatabaseFacts>): DatabaseFacts => ({
    ...{ schemaVersion: 2, integrity: 'ok', pages: 100, freePages: 0, pageBytes: 8192 },
    ...{ databaseBytes: 819_200, logBytes: 0, sharedMemoryBytes: 0, entries: 3 },
    sample: { rows: 3, damaged: 0 },
    ...changes,
  })

  it.each([
    [{}, ['ok', 'ok', 'ok']],
    [{ integrity: 'row 3 missing from index' }, ['fault', 'ok', 'ok']],
    [{ sample: { rows: 64, damaged: 1 } }, ['ok', 'fault', 'ok']],
    [{ databaseBytes: 2_000_000 }, ['ok', 'ok', 'warning']],
    [{ freePages: 60 }, ['ok', 'ok', 'warning']],
  ] as [Partial<DatabaseFacts>, string[]][])('of a database with %j are %j', (changes, states) => {
    const findings = checkDatabase(facts(changes), 1_000_000)
    expect(findings.map(({ state }) => state)).toEqual(states)
    for (const { state, advice } of findings) expect(advice === '').toBe(state === 'ok')
  })

  it.each([
    [1_000, 'ok'],
    [-120_000, 'warning'],
    [8 * DAY_MS, 'fault'],
  ])('of a clock %d ms off are %s', async (skew, state) => {
    const models = [{ name: 'tiny:latest', digest: 'a'.repeat(64) }]
    const readOrigin = async () => ({ version: '1', models, originNow: NOW + skew })
    const findings = await checkOrigin(configOf(), { readOrigin }, () => NOW)
    expect(stateOf(findings)).toEqual({ upstream: 'ok', models: 'ok', clock: state })
  })

  it.each([
    [[], 'warning'],
    [[{ name: 'odd', digest: 'sha1' }], 'fault'],
  ])('of the models %j are %s', async (models, state) => {
    const readOrigin = async () => ({ version: '1', models, originNow: NOW })
    const findings = await checkOrigin(configOf(), { readOrigin }, () => NOW)
    expect(stateOf(findings).models).toBe(state)
  })

  it('of the machine name the setting that helps', () => {
    const many = configOf({ 'inject.numThread.value': 100_000 })
    expect(checkThreads(many)).toMatchObject({
      state: 'warning',
      advice: expect.stringContaining('REPRISE_INJECT_NUM_THREAD_VALUE'),
    })
    expect(checkThreads(configOf({ 'inject.numThread.mode': 'off' })).state).toBe('ok')
    const huge = configOf({ dataDir: fresh(), 'cache.maxBytes': Number.MAX_SAFE_INTEGER })
    expect(checkDisk(huge, 0)).toMatchObject({ state: 'warning' })
    expect(checkDisk(configOf({ dataDir: fresh(), 'cache.maxBytes': 1 }), 0).state).toBe('ok')
    const file = join(fresh(), 'file')
    writeFileSync(file, '')
    expect(checkDisk(configOf({ dataDir: join(file, 'below') }), 0).state).toBe('fault')
  })
})

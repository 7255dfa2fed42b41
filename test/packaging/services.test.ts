import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { ROOT, readText } from './support/context.ts'
import { type PlistValue, readPlist } from './support/plist.ts'

const isHere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined
const hasSystemd = isHere('systemd-analyze')
const unit = readText('config/reprise.service')
const lines = unit.split('\n')

/** The values of a key of the unit, in order. */
const valuesOf = (key: string): string[] =>
  lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))

describe('the systemd unit', () => {
  let folder = ''
  let path = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'reprise-unit-'))
    path = join(folder, 'reprise.service')
    // The program is not installed here: another that is there stands in for it.
    writeFileSync(path, unit.replace('/usr/local/bin/reprise', process.execPath))
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.skipIf(!hasSystemd)('is valid, without a single remark of systemd', () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path])
    expect([status, stderr.toString()]).toEqual([0, ''])
  })

  it.skipIf(!hasSystemd)('may do little: its exposure is below 2 of 10', () => {
    const security = ['security', '--offline=true', '--threshold=20', '--no-pager', path]
    expect(() => execFileSync('systemd-analyze', security, { stdio: 'pipe' })).not.toThrow()
  })

  it('keeps its data in the one folder that is made for it', () => {
    const pairs = valuesOf('Environment').map((pair) => pair.replace('%C', '/var/cache').split('='))
    const config = loadConfig({ flags: {}, environment: Object.fromEntries(pairs) })
    expect(config.dataDir).toBe(`/var/cache/${valuesOf('CacheDirectory')[0]}`)
    expect(valuesOf('DynamicUser')).toEqual(['yes'])
    expect(valuesOf('ProtectSystem')).toEqual(['strict'])
  })

  it('lets running answers end, and does not start again what is configured wrongly', () => {
    expect(Number(valuesOf('TimeoutStopSec')[0])).toBeGreaterThan(25)
    expect(valuesOf('KillSignal')).toEqual(['SIGTERM'])
    expect(valuesOf('RestartPreventExitStatus')).toEqual(['78'])
  })

  it('lets V8 compile, and Reprise ask for the addresses of the machine', () => {
    expect(valuesOf('MemoryDenyWriteExecute')).toEqual([])
    expect(valuesOf('RestrictAddressFamilies')[0]).toContain('AF_NETLINK')
  })
})

describe('the launchd agent', () => {
  const agent = readPlist(readText('config/org.reprise.plist')) as Record<string, PlistValue>

  it('is named as its file, and starts the server where no shell has set a path', () => {
    expect(agent.Label).toBe('org.reprise')
    expect(agent.ProgramArguments).toEqual([
      '/bin/sh',
      '-c',
      'exec reprise serve >> "$HOME/Library/Logs/reprise.log" 2>&1',
    ])
    const { PATH, ...settings } = agent.EnvironmentVariables as Record<string, string>
    expect(PATH?.split(':')).toEqual(['/opt/homebrew/bin', '/usr/local/bin', '/usr/bin', '/bin'])
    expect(loadConfig({ flags: {}, environment: settings }).log.format).toBe('json')
  })

  it('starts again after a failure only, and lets running answers end', () => {
    expect(agent.RunAtLoad).toBe(true)
    expect(agent.KeepAlive).toEqual({ SuccessfulExit: false })
    expect(agent.ExitTimeOut).toBeGreaterThan(25)
    // 077, which a property list can only say in decimal.
    expect(agent.Umask).toBe(0o077)
  })

  it.skipIf(!isHere('plutil'))('is valid for plutil', () => {
    expect(spawnSync('plutil', ['-lint', join(ROOT, 'config/org.reprise.plist')]).status).toBe(0)
  })
})

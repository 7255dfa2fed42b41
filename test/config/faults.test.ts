import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { RepriseError } from '../../src/errors.ts'

type Flags = Parameters<typeof loadConfig>[0]['flags']

const faultsOf = (flags: Flags, environment: Record<string, string> = {}): string => {
  try {
    loadConfig({ flags, environment })
    return ''
  } catch (error) {
    expect(error).toMatchObject({ code: 'config-invalid', exitStatus: 78 })
    return error instanceof RepriseError ? error.message : ''
  }
}

describe('an upstream', () => {
  it.each([
    ['a port that no URL has', 'http://ollama:99999'],
    ['a name that no URL has', 'http://a%b'],
    ['a query', 'http://ollama:11434/?a=1'],
    ['a path', 'http://ollama:11434/api'],
    ['another scheme', 'ftp://ollama'],
  ])('with %s is a fault of the configuration', (_what, upstream) => {
    expect(faultsOf({ upstream })).toMatch(/upstream: ".*" is not allowed; allowed: http:\/\//)
  })

  it('with a password is refused without printing it', () => {
    const message = faultsOf({ upstream: 'http://me:secret@ollama:11434' })
    expect(message).toContain('"http://…@ollama:11434" is not allowed')
    expect(message).not.toContain('secret')
  })

  it.each([
    ['127.0.0.1:11434', 'http://localhost:11434'],
    ['[::1]:11434', 'http://[::1]:11434'],
    ['127.0.0.1:80', 'http://127.0.0.1'],
    ['127.0.0.1:443', 'https://127.0.0.2'],
  ])('is not the own listener: %s, %s', (listen, upstream) => {
    expect(faultsOf({ listen, upstream })).toMatch(/upstream: .* is where reprise itself listens/)
  })

  it('on every address is the own listener too, where others may reach it', () => {
    const flags = { listen: ':11434', allowRemote: true }
    expect(faultsOf(flags)).toMatch(/upstream: .*itself listens/)
    expect(faultsOf({ ...flags, upstream: 'http://ollama:11434' })).toBe('')
  })
})

describe('a listener', () => {
  it.each(['0.0.0.0:1', ':1', '[::]:1', '192.168.1.2:1', '127.example.org:1', 'myhost:1'])(
    'on %s needs the permission to be reached',
    (listen) => {
      expect(faultsOf({ listen })).toMatch(/listen: .*--allow-remote/)
      expect(faultsOf({ listen, allowRemote: true })).toBe('')
    },
  )

  it.each(['127.0.0.1:1', '127.1.2.3:0', '[::1]:1', 'localhost:1', 'LocalHost:1'])(
    'on %s needs none',
    (listen) => {
      expect(faultsOf({ listen })).toBe('')
    },
  )

  it.each(['11435', 'localhost', 'http://127.0.0.1:1', '::1:80', ''])(
    'that is written %j is a fault',
    (listen) => {
      expect(faultsOf({ listen })).toMatch(/listen: .* allowed: host:port/)
    },
  )
})

describe('a keep_alive that Ollama would answer with 400, or that unloads', () => {
  it.each(['soon', '10 m', '99999999h', '0s', '0h0m', 0, -5, '-', '', 0.001])(
    'is a fault: %j',
    (value) => {
      expect(faultsOf({ 'inject.keepAlive.value': value })).toMatch(/inject\.keepAlive\.value: /)
      expect(faultsOf({ profiles: { mine: { keepAlive: value } } })).toMatch(/profiles: /)
    },
  )

  it.each(['30m', '1h30m', '-1m', '1.5h', '500ms', 1800, -1])('is not %j', (value) => {
    expect(faultsOf({ 'inject.keepAlive.value': value })).toBe('')
  })
})

describe('clashes', () => {
  it('are not looked for between values that are faulty themselves', () => {
    const message = faultsOf({ listen: '0.0.0.0:80', upstream: 'nothing' }, { REPRISE_MODE: 'x' })
    expect(message.split('\n')).toHaveLength(3)
  })

  it('name a temperature that is switched on and has no value', () => {
    expect(faultsOf({}, { REPRISE_INJECT_TEMPERATURE_MODE: 'force' })).toMatch(
      /inject\.temperature\.value: null is not allowed while inject\.temperature\.mode is force/,
    )
    expect(faultsOf({ 'inject.temperature.mode': 'fill', 'inject.temperature.value': 0 })).toBe('')
  })
})

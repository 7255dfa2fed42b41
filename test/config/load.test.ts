import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toListenAddress } from '../../src/config/config.ts'
import { toSeconds } from '../../src/config/lifetimes.ts'
import { type ConfigInput, defaultConfig, loadConfig } from '../../src/config/load.ts'
import { SETTING_KEYS, toEnvironmentName } from '../../src/config/schema.ts'
import { RepriseError } from '../../src/errors.ts'

const load = (input: Partial<ConfigInput>) => loadConfig({ flags: {}, environment: {}, ...input })

const toFile = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'reprise-config-')), 'reprise.json')
  writeFileSync(path, text)
  return path
}

const faultsOf = (input: Partial<ConfigInput>): string => {
  try {
    load(input)
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(RepriseError)
    expect((error as RepriseError).exitStatus).toBe(78)
    return (error as RepriseError).message
  }
}

describe('the precedence', () => {
  it('is defaults, file, environment, flags', () => {
    const config = toFile('{ "cache": { "maxBytes": 1, "memoryMaxBytes": 2, "maxBodyBytes": 3 } }')
    const loaded = load({
      flags: { config, 'cache.maxBodyBytes': 5 },
      environment: { REPRISE_CACHE_MEMORY_MAX_BYTES: '4', REPRISE_CACHE_MAX_BODY_BYTES: '4' },
    })
    expect(loaded.cache).toMatchObject({
      enabled: true,
      maxBytes: 1,
      memoryMaxBytes: 4,
      maxBodyBytes: 5,
    })
    expect(loaded.sources).toMatchObject({
      'cache.enabled': 'default',
      'cache.maxBytes': 'file',
      'cache.memoryMaxBytes': 'environment',
      'cache.maxBodyBytes': 'flag',
    })
  })

  it('finds the file by the environment too', () => {
    const REPRISE_CONFIG = toFile('{ "mode": "off" }')
    expect(load({ environment: { REPRISE_CONFIG } }).mode).toBe('off')
  })
})

describe('the defaults', () => {
  it('are those of the product', () => {
    const config = defaultConfig()
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 11435 })
    expect(config.upstream.origin).toBe('http://127.0.0.1:11434')
    expect(config.lifetimes.kinds).toEqual({
      text: 2_592_000,
      vision: 2_592_000,
      embedding: 2_592_000,
    })
    expect(config.injection).toEqual({
      numThread: { mode: 'fill', value: 6 },
      keepAlive: { mode: 'fill', value: '30m' },
      maxTokens: { mode: 'fill', value: 4096 },
      temperature: { mode: 'off', value: null },
    })
    expect(config.profiles.get('stage1')?.maxTokens.value).toBe(120)
    expect(config.profiles.get('stage2')?.temperature).toEqual({ mode: 'fill', value: 0.3 })
  })

  it('keep data where caches are kept', () => {
    const { dataDir } = load({ environment: { XDG_CACHE_HOME: '/caches' } })
    expect(dataDir).toBe(join('/caches', 'reprise'))
  })
})

describe('the environment', () => {
  it('has a name for every key, made from its path', () => {
    expect(toEnvironmentName('cache.maxBytes')).toBe('REPRISE_CACHE_MAX_BYTES')
    expect(toEnvironmentName('inject.numThread.value')).toBe('REPRISE_INJECT_NUM_THREAD_VALUE')
    expect(new Set(SETTING_KEYS.map(toEnvironmentName)).size).toBe(SETTING_KEYS.length)
  })

  it('takes lists with commas, and maps as one JSON value', () => {
    const config = load({
      environment: {
        REPRISE_SECURITY_ORIGINS: 'http://a, http://b',
        REPRISE_TTL_MODELS: '{"tiny":"1h"}',
        REPRISE_CACHE_ENABLED: 'false',
        REPRISE_INJECT_KEEP_ALIVE_VALUE: '10m',
        OLLAMA_ORIGINS: 'http://c',
      },
    })
    expect(config.security.origins).toEqual(['http://a', 'http://b', 'http://c'])
    expect(config.lifetimes.models).toEqual({ tiny: 3600 })
    expect(config.cache.enabled).toBe(false)
    expect(config.injection?.keepAlive.value).toBe('10m')
  })
})

describe('faults', () => {
  it('are reported all at once, each with its key, its value and what is allowed', () => {
    const config = toFile('{ "cache": { "maxByte": 1, "enabled": "maybe" }, "typo": true }')
    const message = faultsOf({
      flags: { config, listen: '0.0.0.0:80' },
      environment: { REPRISE_MODE: 'fast', REPRISE_TTL_TEXT: '3 fortnights' },
    })
    expect(message).toMatch(/cache\.maxByte: 1 is not a key; allowed: .*cache\.maxBytes/)
    expect(message).toMatch(/typo: true is not a key; allowed: listen/)
    expect(message).toMatch(/cache\.enabled: "maybe" is not allowed; allowed: true or false/)
    expect(message).toMatch(/mode: "fast" is not allowed; allowed: serve, observe, offline or off/)
    expect(message).toMatch(/ttl\.text: "3 fortnights" is not allowed; allowed: seconds/)
    expect(message).toMatch(/listen: "0\.0\.0\.0" can be reached.*--allow-remote/)
  })

  it('of syntax say where', () => {
    const config = toFile('{\n  "mode": off\n}')
    expect(faultsOf({ flags: { config } })).toMatch(/reprise\.json: line 2, column 11/)
  })

  it.each([
    [
      'a file that is not there',
      { config: '/nowhere/reprise.json' },
      /--config: .* cannot be read/,
    ],
    [
      'an upstream that is Reprise itself',
      { upstream: 'http://localhost:11435' },
      /upstream: .*itself listens/,
    ],
    [
      'an upstream without a scheme',
      { upstream: '127.0.0.1:11434' },
      /upstream: .*http:\/\/host:port/,
    ],
    ['a port that does not exist', { listen: '127.0.0.1:70000' }, /listen: port 70000/],
    ['a branch that is a value', { config: toFile('{"cache": 1}') }, /cache: 1 is not an object/],
  ])('name %s', (_what, flags, pattern) => {
    expect(faultsOf({ flags })).toMatch(pattern)
  })
})

describe('values', () => {
  it.each([
    ['30d', 2_592_000],
    ['24h', 86_400],
    ['1.5m', 90],
    ['10s', 10],
    [7, 7],
  ])('%s is %i seconds', (text, seconds) => {
    expect(toSeconds(text)).toBe(seconds)
  })

  it.each([
    ['127.0.0.1:11435', { host: '127.0.0.1', port: 11435 }],
    [':8080', { host: '', port: 8080 }],
    ['[::1]:0', { host: '::1', port: 0 }],
  ])('%s is an address', (text, address) => {
    expect(toListenAddress(text)).toEqual(address)
  })

  it('of a profile switch on what is off, and keep the rest', () => {
    const config = load({
      flags: { profiles: { cold: { temperature: 0 } }, 'inject.numThread.mode': 'off' },
    })
    expect(config.profiles.get('cold')).toMatchObject({
      numThread: { mode: 'off' },
      temperature: { mode: 'fill', value: 0 },
    })
  })

  it('of the shipped example are the defaults', () => {
    const config = new URL('../../config/reprise.example.jsonc', import.meta.url).pathname
    const { sources, ...example } = load({ flags: { config } })
    const { sources: _none, ...defaults } = defaultConfig()
    expect(example).toEqual(defaults)
    expect(new Set(Object.values(sources))).toEqual(new Set(['file']))
  })
})

import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { SETTING_KEYS, toEnvironmentName } from '../../src/config/schema.ts'

const load = (environment: Record<string, string>) => loadConfig({ flags: {}, environment })

describe('the environment', () => {
  it('sets nothing by an empty text: compose files pass on what nobody has set', () => {
    const empty = Object.fromEntries(SETTING_KEYS.map((key) => [toEnvironmentName(key), '']))
    const { sources } = load({ ...empty, REPRISE_CONFIG: '', OLLAMA_ORIGINS: '' })
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']))
  })

  it('gives numbers as numbers where a text may stand too: Ollama refuses keep_alive "1800"', () => {
    expect(load({ REPRISE_INJECT_KEEP_ALIVE_VALUE: '1800' }).injection?.keepAlive.value).toBe(1800)
    expect(load({ REPRISE_INJECT_KEEP_ALIVE_VALUE: '-1' }).injection?.keepAlive.value).toBe(-1)
    expect(load({ REPRISE_TTL_TEXT: '60' }).lifetimes.kinds.text).toBe(60)
  })

  it('has null for a value that may be none', () => {
    const { injection } = load({ REPRISE_INJECT_TEMPERATURE_VALUE: 'null' })
    expect(injection?.temperature.value).toBeNull()
  })

  it('replaces the shipped profiles by its own', () => {
    const { profiles } = load({ REPRISE_PROFILES: '{"short":{"maxTokens":50}}' })
    expect([...profiles.keys()]).toEqual(['short'])
    expect(profiles.get('short')).toMatchObject({
      numThread: { mode: 'fill', value: 6 },
      maxTokens: { mode: 'fill', value: 50 },
    })
  })

  it('reads OLLAMA_ORIGINS as Ollama does, quotes taken off', () => {
    const { security } = load({ OLLAMA_ORIGINS: ' "http://a, http://b," ' })
    expect(security.origins).toEqual(['http://a', 'http://b'])
  })
})

describe('the data folder', () => {
  it('is below the home where a path begins with a tilde', () => {
    expect(load({ REPRISE_DATA_DIR: '~/answers' }).dataDir).toBe(join(homedir(), 'answers'))
    expect(load({ REPRISE_DATA_DIR: '/data' }).dataDir).toBe('/data')
  })

  it('is not made of a relative XDG_CACHE_HOME', () => {
    expect(load({ XDG_CACHE_HOME: 'caches' }).dataDir).toBe(load({}).dataDir)
  })
})

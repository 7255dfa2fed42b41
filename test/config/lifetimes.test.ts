import { describe, expect, it } from 'vitest'
import { findLifetime } from '../../src/config/lifetimes.ts'
import { loadConfig } from '../../src/config/load.ts'

const load = (environment: Record<string, string>) =>
  loadConfig({ flags: {}, environment }).lifetimes

const subject = {
  kind: 'vision',
  model: 'other',
  route: '/api/chat',
  wishedSeconds: undefined,
} as const

describe('the lifetime of an answer', () => {
  const lifetimes = load({
    REPRISE_TTL_MODELS: '{"tiny":"1h","Library/Big:Q4":60,"hf.co/someone/model:q8":1}',
    REPRISE_TTL_VISION: '2h',
    REPRISE_TTL_ROUTES: '{"/api/generate":"5s","/v1/*":"6s","/v1/chat/*":"7s"}',
  })

  it.each([
    ['tiny:latest', 3600],
    ['TINY', 3600],
    ['big:q4', 60],
    ['big', 7200],
    ['hf.co/someone/model:Q8', 1],
    ['not a name', 7200],
    ['', 7200],
  ])('of the model %j is %i s', (model, seconds) => {
    expect(findLifetime(lifetimes, { ...subject, model }).seconds).toBe(seconds)
  })

  it.each([
    ['/api/generate', 5],
    ['/v1/completions', 6],
    ['/v1/chat/completions', 7],
    ['/api/chat', 7200],
  ])('on the route %s is %i s: the longest pattern that fits', (route, seconds) => {
    expect(findLifetime(lifetimes, { ...subject, route }).seconds).toBe(seconds)
  })

  it('goes by the model before the route', () => {
    const asked = { ...subject, model: 'tiny', route: '/api/generate' }
    expect(findLifetime(lifetimes, asked).seconds).toBe(3600)
  })
})

describe('a client that wishes for a lifetime', () => {
  const wish = { ...subject, wishedSeconds: 100 }

  it('is not heard unless the configuration says so', () => {
    expect(findLifetime(load({}), wish)).toEqual({ seconds: 2_592_000, source: 'configuration' })
  })

  it('is heard up to the ceiling', () => {
    const lifetimes = load({ REPRISE_TTL_FROM_CLIENT: 'true', REPRISE_TTL_MAX: '60s' })
    expect(findLifetime(lifetimes, wish)).toEqual({ seconds: 60, source: 'client' })
    const short = { ...wish, wishedSeconds: 10 }
    expect(findLifetime(lifetimes, short)).toEqual({ seconds: 10, source: 'client' })
  })
})

it('the ceiling holds for the configuration too', () => {
  const lifetimes = load({ REPRISE_TTL_MAX: '1h' })
  expect(findLifetime(lifetimes, subject).seconds).toBe(3600)
})

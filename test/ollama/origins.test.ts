import { describe, expect, it } from 'vitest'
import { createOriginPolicy } from '../../src/ollama/origins.ts'
import { loadCorpus, VERSIONS } from '../support/corpus.ts'

const HOST = '127.0.0.1:11435'
const policy = createOriginPolicy([])
const judge = (origin: string, more: readonly string[] = []) =>
  createOriginPolicy(more).judge(origin, HOST)

describe('an Origin', () => {
  it.each([undefined, ''])('that is %j is none', (origin) => {
    expect(policy.judge(origin, HOST)).toBe('none')
  })

  it.each([
    [`http://${HOST}`, HOST],
    [`https://${HOST}`, HOST],
    ['http://evil.example', 'evil.example'],
  ])('%s is that of a page at %s itself', (origin, host) => {
    expect(policy.judge(origin, host)).toBe('same-origin')
  })

  it('is never that of a request without a Host', () => {
    expect(policy.judge('http://undefined', undefined)).toBe('refused')
  })

  it.each([
    'http://localhost',
    'https://localhost:3000',
    'http://127.0.0.1',
    'https://127.0.0.1:1',
    'http://0.0.0.0:8080',
    'app://x',
    'file://',
    'tauri://localhost',
    'vscode-webview://abc',
    'vscode-file://vscode-app',
  ])('%s is allowed by default', (origin) => {
    expect(judge(origin)).toBe('allowed')
  })

  it.each([
    'null',
    'http://evil.example',
    'http://localhost.evil.example',
    'http://evil-localhost:3000',
    'ftp://localhost',
    'http://192.168.1.5',
    'HTTP://LOCALHOST',
    '*',
  ])('%s is refused by default', (origin) => {
    expect(judge(origin)).toBe('refused')
  })
})

describe('further origins, as in OLLAMA_ORIGINS', () => {
  it.each([
    [['https://a.example'], 'https://a.example', 'allowed'],
    [['https://a.example'], 'https://a.example:8443', 'refused'],
    [[' https://A.Example '], 'https://a.example', 'allowed'],
    [['https://*.example'], 'https://a.b.example', 'allowed'],
    [['https://*.example'], 'https://.example', 'allowed'],
    [['https://*.example'], 'https://a.example.evil', 'refused'],
    [['https://ab*ba'], 'https://aba', 'refused'],
    [['*.example'], 'ftp://a.example', 'allowed'],
    [['chrome-extension://*'], 'chrome-extension://abc', 'allowed'],
    [['*'], 'http://evil.example', 'allowed'],
    [['', ' '], 'http://evil.example', 'refused'],
    [['https://a.example'], 'http://localhost:1', 'allowed'],
  ] as const)('with %j, %s is %s', (more, origin, expected) => {
    expect(judge(origin, more)).toBe(expected)
  })
})

describe('header lines', () => {
  it('with `*` name no origin and vary by none', () => {
    const open = createOriginPolicy(['*'])
    expect(open.corsHeaders('http://a')).toEqual([['Access-Control-Allow-Origin', '*']])
    expect(open.preflightHeaders('http://a').map(([name]) => name)).toEqual([
      'Access-Control-Allow-Headers',
      'Access-Control-Allow-Methods',
      'Access-Control-Allow-Origin',
      'Access-Control-Max-Age',
    ])
  })

  const recordings = VERSIONS.flatMap((version) =>
    loadCorpus(version)
      .filter(({ request }) => request.headers.some(([name]) => name === 'Origin'))
      .map((recorded) => ({ version, name: recorded.name, recorded })),
  )

  it.each(recordings)('of $version $name are as recorded, in their order', ({ recorded }) => {
    const { request, response } = recorded
    const read = (wanted: string) => request.headers.find(([name]) => name === wanted)?.[1]
    const origin = read('Origin') ?? ''
    const isRefused = response.line.includes(' 403 ')
    expect(policy.judge(origin, read('Host'))).toBe(isRefused ? 'refused' : 'allowed')
    const lines = request.line.startsWith('OPTIONS')
      ? policy.preflightHeaders(origin)
      : policy.corsHeaders(origin)
    const recordedLines = response.headers.filter(([name]) => /^(Access-Control-|Vary)/.test(name))
    expect(isRefused ? [] : lines).toEqual(recordedLines)
  })
})

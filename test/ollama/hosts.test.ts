import { describe, expect, it } from 'vitest'
import { isAllowedHost, toHostname } from '../../src/ollama/hosts.ts'
import { loadCorpus, VERSIONS } from '../support/corpus.ts'

const LOCAL = { hostname: 'MyBox', addresses: ['203.0.113.7', 'fe80::1', '2001:db8::7'] }

describe('a Host that names this machine', () => {
  it.each([
    undefined,
    '',
    ':11434',
    'localhost',
    'LocalHost:11434',
    'mybox',
    'MYBOX:80',
    'a.localhost',
    'box.local:1',
    'host.docker.internal',
    '127.0.0.1:11434',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.5:11434',
    '203.0.113.7:11434',
    '[::1]:11434',
    '[::]',
    '::1',
    '[fd00::5]:1',
    '[fe80::1]:1',
    '[2001:db8::7]',
    '[::ffff:127.0.0.1]:1',
    ' localhost ',
  ])('%j is allowed', (host) => {
    expect(isAllowedHost(host, LOCAL)).toBe(true)
  })

  it.each([
    'evil.example',
    'evil.example:11434',
    'localhost.evil.example',
    'evillocalhost',
    'notlocal',
    'mybox.evil.example',
    '127.0.0.1.evil.example',
    '172.15.255.255',
    '172.32.0.1',
    '192.169.0.1',
    '8.8.8.8:11434',
    '203.0.113.8',
    '[2001:db8::8]:1',
    '[::ffff:8.8.8.8]',
    '[::1',
    '[::1]evil',
    '[fe80::2%eth0]:1',
    'localhost@evil.example',
    'localhost:x',
    '2130706433',
  ])('%j is refused', (host) => {
    expect(isAllowedHost(host, LOCAL)).toBe(false)
  })

  it.each(
    VERSIONS.flatMap((version) =>
      loadCorpus(version)
        .filter(({ name }) => /^04[6-9]-host|^05[02]-host/.test(name))
        .map((recorded) => [version, recorded.name, recorded] as const),
    ),
  )('%s %s is judged as recorded', (_version, _name, { request, response }) => {
    const host = request.headers.find(([name]) => name === 'Host')?.[1]
    expect(isAllowedHost(host, LOCAL)).toBe(response.line.includes(' 200 '))
    expect(isAllowedHost(host, LOCAL)).toBe(!response.line.includes(' 403 '))
  })
})

it.each([
  [undefined, ''],
  ['Box.Local:80', 'box.local'],
  ['box:', 'box'],
  ['[2001:DB8::1]:80', '2001:db8::1'],
  ['[]', ''],
  ['2001:db8::1', '2001:db8::1'],
])('the name in %j is %j', (host, expected) => {
  expect(toHostname(host)).toBe(expected)
})

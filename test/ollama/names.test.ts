import { describe, expect, it } from 'vitest'
import { isRemoteName, parseModelName, toLookupName } from '../../src/ollama/names.ts'

const lookup = (text: string) => {
  const name = parseModelName(text)
  return name && toLookupName(name)
}

describe('a model name', () => {
  it.each([
    'llama3.2',
    'llama3.2:latest',
    'library/llama3.2',
    'registry.ollama.ai/library/llama3.2:latest',
    'LLAMA3.2',
    ' llama3.2\t',
    '\u00a0llama3.2\u0085',
    'https://registry.ollama.ai/library/llama3.2',
    'https:///library/llama3.2:LATEST',
    'llama3.2:local',
    'llama3.2: LOCAL',
  ])('reaches one model however it is spelled: %s', (text) => {
    expect(lookup(text)).toBe('registry.ollama.ai/library/llama3.2:latest')
  })

  it.each([
    ['hf.co/some-one/Model.GGUF:Q4_K_M', 'hf.co/some-one/model.gguf:q4_k_m'],
    ['localhost:5000/ns/m', 'localhost:5000/ns/m:latest'],
    ['http://h:1/ns/m:t', 'h:1/ns/m:t'],
    ['x:8b:local', 'registry.ollama.ai/library/x:8b'],
    ['gpt-oss:20b-cloud', 'registry.ollama.ai/library/gpt-oss:20b-cloud'],
  ])('is complete in lower case: %s', (text, expected) => {
    expect(lookup(text)).toBe(expected)
  })

  it.each([
    '',
    ' ',
    ':',
    'm:',
    ':tag',
    '/m',
    'ns/',
    'a//m',
    'ns/m:t/x:',
    'a b',
    'né',
    'm@sha256:abc',
    'name.space/m',
    '-m',
    '.m',
    'm:-t',
    `${'m'.repeat(81)}`,
    `m:${'t'.repeat(81)}`,
    `${'n'.repeat(81)}/m`,
    `${'h'.repeat(351)}/n/m`,
    '\ufeffm',
    'm:local:local',
    'm:cloud:local',
    'm:8b-cloud:local',
    '://ns/m',
  ])('is none to Ollama: %j', (text) => {
    expect(parseModelName(text)).toBeUndefined()
  })
})

describe('a remote name', () => {
  it.each(['x:cloud', 'x:CLOUD', 'x: cloud', 'gpt-oss:20b-cloud', 'ns/x:8b-Cloud', ' x:cloud '])(
    'sends the request away: %j',
    (text) => {
      expect(isRemoteName(text)).toBe(true)
    },
  )

  it.each(['x', 'cloud', 'x-cloud', 'x:clouds', 'x:cloudy', 'host:1/x-cloud', 'x:local'])(
    'is told from a local one: %j',
    (text) => {
      expect(isRemoteName(text)).toBe(false)
    },
  )
})

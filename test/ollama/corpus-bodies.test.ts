import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { canonicalize } from '../../src/ollama/canonical.ts'
import { readDocument } from '../../src/ollama/document.ts'
import { findEndpoint } from '../../src/ollama/endpoints.ts'
import { readRequest } from '../../src/ollama/reuse.ts'
import type { BypassReason } from '../../src/outcome.ts'
import { DEFAULT_RULES, injectInto } from './documents.ts'

interface Case {
  readonly name: string
  readonly request: {
    readonly line: string
    readonly headers: [string, string][]
    readonly text?: string
    readonly base64?: string
  }
  readonly response: { readonly line?: string }
}

const ROOT = new URL('../corpus/', import.meta.url)

/** Recorded requests by the reason why they bypass; every other one may be reused. */
const EXPECTED: Partial<Record<BypassReason, number[]>> = {
  'ambiguous-body': [
    159, 160, 161, 162, 164, 166, 167, 169, 170, 171, 172, 174, 176, 179, 314, 317, 319, 350, 351,
  ],
  'invalid-field': [
    151, 154, 155, 156, 157, 165, 182, 190, 229, 235, 237, 241, 245, 247, 280, 299, 312, 316, 339,
    341,
  ],
  load: [56, 59, 60, 252, 269, 270, 271, 334, 335, 337, 356, 357],
  unload: [249, 251, 255, 256, 272],
  pin: [225, 227],
  'remote-model': [189],
}

const reasons = new Map<number, BypassReason>()
for (const [reason, numbers] of Object.entries(EXPECTED)) {
  for (const number of numbers) reasons.set(number, reason as BypassReason)
}

const read = (version: string, file: string) =>
  JSON.parse(readFileSync(new URL(`${version}/${file}`, ROOT), 'utf8')) as Case

function bodyOf({ request }: Case): Buffer {
  if (request.base64 !== undefined) return Buffer.from(request.base64, 'base64')
  const text = request.text ?? ''
  const isChunked = request.headers.some(([name]) => name.toLowerCase() === 'transfer-encoding')
  return Buffer.from(isChunked ? text.replace(/(^|\r\n)[0-9a-f]+\r\n/g, '') : text)
}

function list(version: string) {
  return readdirSync(new URL(`${version}/`, ROOT))
    .map((file) => read(version, file))
    .map((recorded) => {
      const [method = '', path = ''] = recorded.request.line.split(' ')
      return { recorded, endpoint: findEndpoint(method, path.split('?')[0] ?? '') }
    })
    .flatMap(({ recorded, endpoint }) =>
      endpoint === undefined || endpoint.injected === 'none' ? [] : [{ recorded, endpoint }],
    )
}

describe.each(['v0.24.0', 'v0.32.15'])('the requests recorded with %s', (version) => {
  const cases = list(version)

  it('are there', () => {
    expect(cases.length).toBeGreaterThan(200)
  })

  it.each(cases)('$recorded.name is read as Ollama read it', ({ recorded, endpoint }) => {
    const number = Number(recorded.name.slice(0, 3))
    const document = readDocument(bodyOf(recorded), endpoint)
    const expected = reasons.get(number)
    if (document === undefined) expect(expected).toBe('ambiguous-body')
    else expect(readRequest(document, endpoint).bypass).toBe(expected)
    // What Ollama did not answer with 200 is never mistaken for a load or an unload.
    const isOk = recorded.response.line?.includes(' 200 ')
    if (expected === 'load' || expected === 'unload') expect(isOk).toBe(true)
  })

  it.each(cases)(
    '$recorded.name stays the same request when injected',
    ({ recorded, endpoint }) => {
      const document = readDocument(bodyOf(recorded), endpoint)
      if (document === undefined) return
      const injected = injectInto(document, endpoint, DEFAULT_RULES).document
      const reread = readDocument(injected.bytes, endpoint)!
      expect(reread).toEqual(injected)
      expect(readRequest(injected, endpoint).bypass).toBe(readRequest(document, endpoint).bypass)
      expect(canonicalize(injected)).toEqual(canonicalize(reread))
      expect(injectInto(injected, endpoint, DEFAULT_RULES).applied).toEqual([])
    },
  )
})

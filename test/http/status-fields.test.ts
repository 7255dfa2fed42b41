import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toCacheStatus } from '../../src/http/cache-status.ts'
import { PROXY_ERRORS, type ProxyFault, toProxyStatus } from '../../src/http/proxy-status.ts'
import { appendMember, toQuoted, toTokenOrString } from '../../src/http/structured-field.ts'
import { BYPASS, type BypassReason, type MissReason, type Outcome } from '../../src/outcome.ts'
import { parseList, type Token } from '../support/structured-fields.ts'
import { existingMembers } from './members.ts'

const ttlSeconds = fc.integer()
const tier = fc.constantFrom('memory' as const, 'sqlite' as const)
const reason = fc.constantFrom<MissReason>('absent', 'expired')
const forward = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('status' as const), status: fc.integer({ min: 500, max: 599 }) }),
  fc.record({ kind: fc.constant('failed' as const), reason: fc.string() }),
)

/** Every outcome whose answer carries the field. */
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constant('hit' as const), tier, ttlSeconds }),
  fc.record({ kind: fc.constant('stale' as const), tier, ttlSeconds, forward }),
  fc.record({ kind: fc.constant('miss' as const), reason }),
  fc.record({ kind: fc.constant('collapsed' as const), reason }),
  fc.record({
    kind: fc.constant('bypass' as const),
    reason: fc.constantFrom(...(Object.keys(BYPASS) as BypassReason[])),
  }),
  fc.constant({ kind: 'method' as const }),
)

/** The registry of RFC 9211 §2.2. */
const FORWARDS = [
  'bypass',
  'method',
  'uri-miss',
  'vary-miss',
  'miss',
  'request',
  'stale',
  'partial',
]

const nameOf = (value: unknown) => (value as Token | undefined)?.token

describe('Cache-Status', () => {
  it('is a valid list with our member at its end, and all before it kept', () => {
    fc.assert(
      fc.property(outcome, existingMembers, (ended, existing) => {
        const members = parseList(toCacheStatus(ended, existing)!)
        expect(members?.slice(0, -1)).toEqual(parseList(existing))
        expect(nameOf(members?.at(-1)?.value)).toBe('reprise')
      }),
    )
  })

  it('says either hit or why not, each parameter of the type the RFC gives it', () => {
    fc.assert(
      fc.property(outcome, (ended) => {
        const [member] = parseList(toCacheStatus(ended, undefined)!)!
        const { hit, fwd, ttl, ...others } = Object.fromEntries(member!.parameters)
        expect([hit === true, FORWARDS.includes(nameOf(fwd) ?? '')].filter(Boolean)).toEqual([true])
        expect(ttl === undefined || Number.isInteger(ttl)).toBe(true)
        expect(others['fwd-status'] === undefined || Number.isInteger(others['fwd-status'])).toBe(
          true,
        )
        expect(others.collapsed).toBe(ended.kind === 'collapsed' ? true : undefined)
        expect(['string', 'object', 'undefined']).toContain(typeof others.detail)
      }),
    )
  })
})

describe('Proxy-Status', () => {
  const fault = fc.constantFrom(...(Object.keys(PROXY_ERRORS) as ProxyFault[]))

  it('is a valid list with our member at its end, and all before it kept', () => {
    fc.assert(
      fc.property(fault, fc.option(fc.string()), existingMembers, (failed, hop, existing) => {
        const members = parseList(toProxyStatus(failed, hop ?? undefined, existing))
        expect(members?.slice(0, -1)).toEqual(parseList(existing))
        const own = members!.at(-1)!
        expect(nameOf(own.value)).toBe('reprise')
        expect(nameOf(own.parameters.get('error'))).toBe(PROXY_ERRORS[failed].type)
        expect(typeof own.parameters.get('next-hop')).toBe(hop === null ? 'undefined' : 'string')
      }),
    )
  })

  it.each<[ProxyFault, string | undefined, string]>([
    ['refused', '127.0.0.1:11434', 'reprise; error=connection_refused; next-hop="127.0.0.1:11434"'],
    ['forbidden', undefined, 'reprise; error=http_request_denied'],
  ])('%s at %j', (failed, nextHop, expected) => {
    expect(toProxyStatus(failed, nextHop)).toBe(expected)
  })

  it.each<[ProxyFault, string, number]>([
    ['unroutable', 'destination_ip_unroutable', 502],
    ['dns', 'dns_error', 502],
    ['connect-timeout', 'connection_timeout', 504],
    ['reset', 'connection_terminated', 502],
    ['closed', 'http_response_incomplete', 502],
    ['protocol', 'http_protocol_error', 502],
    ['queue-full', 'connection_limit_reached', 503],
    ['upstream-down', 'destination_unavailable', 503],
    ['not-cached', 'proxy_internal_response', 504],
    ['forbidden', 'http_request_denied', 403],
    ['loop', 'proxy_loop_detected', 508],
    ['internal', 'proxy_internal_error', 500],
  ])('calls %s %s, and answers it with %d', (failed, type, status) => {
    expect(PROXY_ERRORS[failed]).toEqual({ type, status })
  })
})

describe('texts in structured fields', () => {
  it('come back from their quotes, but for what a string cannot hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const expected = text.replace(/[^\x20-\x7e]/g, '?')
        expect(parseList(toQuoted(text))?.[0]?.value).toBe(expected)
      }),
    )
  })

  it.each([
    ['swr', 'swr'],
    ['a b', '"a b"'],
    ['9', '"9"'],
    ['', '""'],
    ['a\r\nX: y', '"a??X: y"'],
  ])('%j is written as %s', (text, expected) => {
    expect(toTokenOrString(text)).toBe(expected)
  })

  it.each([undefined, '', ' '])('a member behind %j stands alone', (list) => {
    expect(appendMember(list, 'reprise; hit')).toBe('reprise; hit')
  })
})

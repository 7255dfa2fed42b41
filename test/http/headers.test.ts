import { describe, expect, it } from 'vitest'
import { appendVia, HEADER, hasVia, stripHopByHop, toPairs } from '../../src/http/headers.ts'

describe('headers of one connection', () => {
  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  ])('%s is left out, however it is spelled', (name) => {
    expect(
      stripHopByHop(toPairs([name, 'x', name.toUpperCase(), 'y', name.toLowerCase(), 'z'])),
    ).toEqual([])
  })

  it('those that Connection names are left out too, before and behind it, on any of its lines', () => {
    const raw = ['X-Early', '1', 'Connection', 'close, X-Early ,,x-late', 'X-Late', '2']
    expect(stripHopByHop(toPairs([...raw, 'connection', 'X-Other', 'x-other', '3']))).toEqual([])
  })

  it('all others keep their order, spelling and repetitions', () => {
    const raw = [
      'Host',
      'h',
      'ACCEPT',
      '*/*',
      'accept',
      'text/plain',
      'Proxy-Authenticate',
      'Basic',
    ]
    expect(stripHopByHop(toPairs(raw))).toEqual([
      ['Host', 'h'],
      ['ACCEPT', '*/*'],
      ['accept', 'text/plain'],
      ['Proxy-Authenticate', 'Basic'],
    ])
  })

  it('a name without a value is no line', () => {
    expect(stripHopByHop(toPairs(['A', '1', 'B']))).toEqual([['A', '1']])
    expect(stripHopByHop(toPairs([]))).toEqual([])
  })
})

describe('Via', () => {
  it.each([
    [undefined, '1.1 reprise-a'],
    ['', '1.1 reprise-a'],
    ['1.0 fred, 1.1 p.example', '1.0 fred, 1.1 p.example, 1.1 reprise-a'],
  ])('our member stands behind %j', (existing, expected) => {
    expect(appendVia(existing, 'reprise-a')).toBe(expected)
  })

  it.each([
    ['1.1 reprise-a', true],
    ['1.0 fred, 1.1  reprise-a (a comment)', true],
    ['HTTP/1.1 reprise-a', true],
    ['1.1 reprise-b', false],
    ['1.1 reprise-abc', false],
    ['reprise-a', false],
    ['', false],
  ])('%j names this instance: %j', (via, expected) => {
    expect(hasVia(via, 'reprise-a')).toBe(expected)
  })

  it('what we append we recognise', () => {
    expect(hasVia(appendVia('1.0 fred', 'reprise-a'), 'reprise-a')).toBe(true)
  })
})

it('each header name stands once', () => {
  const names = Object.values(HEADER).map((name) => name.toLowerCase())
  expect(new Set(names).size).toBe(names.length)
})

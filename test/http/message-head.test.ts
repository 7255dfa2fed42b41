import { describe, expect, it } from 'vitest'
import { readAnswerHead, writeRequestHead } from '../../src/http/message-head.ts'

const read = (text: string, method = 'GET') => readAnswerHead(Buffer.from(text, 'latin1'), method)

describe('the head of an answer', () => {
  it('is read when it is whole, with its lines as they came', () => {
    const text = 'HTTP/1.1 200 OK\r\nVary: Origin\r\nvary: Accept\r\nX-Name: caf\xe9\r\n\r\n'
    for (let end = 0; end < text.length; end++) expect(read(text.slice(0, end))).toBeUndefined()
    expect(read(`${text}body`)).toMatchObject({
      status: 200,
      phrase: 'OK',
      lines: ['Vary', 'Origin', 'vary', 'Accept', 'X-Name', 'caf\xe9'],
      bytes: text.length,
    })
  })

  it.each([
    ['Transfer-Encoding: chunked', 'GET', { kind: 'chunked' }],
    ['Content-Length: 12', 'GET', { kind: 'length', bytes: 12 }],
    ['Content-Length: 12', 'HEAD', { kind: 'none' }],
    ['X: y', 'GET', { kind: 'close' }],
  ])('says how its body ends: %s for %s', (line, method, framing) => {
    expect(read(`HTTP/1.1 200 OK\r\n${line}\r\n\r\n`, method)?.framing).toEqual(framing)
  })

  it.each(['100', '204', '304'])('of status %s has no body', (status) => {
    expect(read(`HTTP/1.1 ${status} X\r\n\r\n`)?.framing).toEqual({ kind: 'none' })
  })

  it.each([
    ['1.1', 'Content-Length: 0', 'kept'],
    ['1.1', 'Content-Length: 0\r\nConnection: close', 'closed'],
    ['1.0', 'Content-Length: 0', 'closed'],
    ['1.0', 'Content-Length: 0\r\nConnection: keep-alive', 'kept'],
    ['1.1', 'X: y', 'closed'],
  ])('of HTTP/%s with %j leaves the connection %s', (version, lines, connection) => {
    expect(read(`HTTP/${version} 200 OK\r\n${lines}\r\n\r\n`)?.connection).toBe(connection)
  })
})

describe('the head of a request', () => {
  it('is written as it came, but for the names that are left out', () => {
    const start = { method: 'POST', target: '/api//x?a=%20', version: '1.0' }
    const lines = ['Host', 'a', 'EXPECT', '100-continue', 'x-name', 'caf\xe9', 'X-Name', '2']
    expect(writeRequestHead(start, lines, new Set(['expect'])).toString('latin1')).toBe(
      'POST /api//x?a=%20 HTTP/1.0\r\nHost: a\r\nx-name: caf\xe9\r\nX-Name: 2\r\n\r\n',
    )
  })
})

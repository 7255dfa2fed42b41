import { describe, expect, it } from 'vitest'
import {
  toFailure,
  toFailureMessage,
  type UpstreamFailureReason,
} from '../../src/upstream/failure.ts'

const URL_HERE = new URL('http://127.0.0.1:11434')

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}

describe('toFailure', () => {
  it.each<[string, UpstreamFailureReason]>([
    ['ECONNREFUSED', 'refused'],
    ['EHOSTUNREACH', 'unroutable'],
    ['ENETUNREACH', 'unroutable'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
    ['ECONNRESET', 'reset'],
    ['UND_ERR_SOCKET', 'closed'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'closed'],
    ['UND_ERR_ABORTED', 'aborted'],
    ['UND_ERR_DESTROYED', 'aborted'],
    ['ESOMETHING', 'other'],
  ])('reads %s as %s', (code, reason) => {
    const cause = withCode(code)
    expect(toFailure(cause, 'sent')).toEqual({ reason, phase: 'sent', cause })
  })

  it('prefers a refusal where several addresses failed for different reasons', () => {
    const both = new AggregateError([withCode('EADDRNOTAVAIL'), withCode('ECONNREFUSED')])
    expect(toFailure(both, 'connecting').reason).toBe('refused')
    const neither = new AggregateError([withCode('ENETUNREACH'), withCode('ETIMEDOUT')])
    expect(toFailure(neither, 'connecting').reason).toBe('unroutable')
  })

  it.each([undefined, null, 'text', { code: 5 }])('has a name even for %j', (cause) => {
    expect(toFailure(cause, 'body').reason).toBe('other')
  })
})

describe('toFailureMessage', () => {
  it('says what is wrong, where, and which setting names the origin', () => {
    const message = toFailureMessage(toFailure(withCode('ECONNREFUSED'), 'connecting'), URL_HERE)
    expect(message).toBe(
      'Ollama at http://127.0.0.1:11434 could not be reached: nothing is listening there. ' +
        'Is it running? Its address is set by --upstream or REPRISE_UPSTREAM.',
    )
  })

  it('tells an answer that broke off from an origin that never answered', () => {
    const message = toFailureMessage(toFailure(withCode('ECONNRESET'), 'body'), URL_HERE)
    expect(message).toContain('broke off its answer: the connection was reset')
  })

  it('never shows the credentials of the address', () => {
    const url = new URL('http://user:secret@127.0.0.1:1')
    expect(toFailureMessage(toFailure(withCode('ECONNREFUSED'), 'connecting'), url)).not.toMatch(
      /secret/,
    )
  })
})

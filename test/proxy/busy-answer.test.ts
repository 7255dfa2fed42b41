import { describe, expect, it } from 'vitest'
import { holdBusy } from '../../src/proxy/busy-answer.ts'
import type { ResponseHead } from '../../src/upstream/run.ts'
import { BUSY } from './support/fake-run.ts'
import { toFailure } from './support/machine.ts'

const OF_A_PROXY = '<html>503 Service Temporarily Unavailable</html>'

function toHead(status: number, headers: ResponseHead['headers'] = []): ResponseHead {
  return { status, headers, framing: 'length' }
}

/** A sink behind the holder, and all that reached it, in order. */
function openHolder(mayAskAgain: 'may ask again' | 'may not') {
  const passed: string[] = []
  const heads: ResponseHead[] = []
  let asked = 0
  const sink = holdBusy(
    {
      onHead(head) {
        heads.push(head)
        passed.push(`head ${head.status}`)
      },
      onData: (pieces) => passed.push(...pieces.map(String)),
      onEnd: () => passed.push('end'),
      onFail: ({ reason }) => passed.push(reason),
    },
    {
      mayAskAgain: () => ++asked > 0 && mayAskAgain === 'may ask again',
      retryAfterSeconds: () => 12,
    },
  )
  return { sink, passed, heads, countAsked: () => asked }
}

describe('an answer of any other kind', () => {
  it.each([200, 404, 429, 500, 502])('with %i goes straight on', (status) => {
    const { sink, passed, countAsked } = openHolder('may ask again')
    sink.onHead(toHead(status))
    expect(passed).toEqual([`head ${status}`])
    sink.onData([Buffer.from(BUSY)])
    expect(passed).toHaveLength(2)
    sink.onEnd()
    expect([passed, countAsked()]).toEqual([[`head ${status}`, BUSY, 'end'], 0])
  })

  it('that breaks off is passed on as it broke off', () => {
    const { sink, passed } = openHolder('may ask again')
    sink.onHead(toHead(200))
    sink.onFail(toFailure('reset'))
    expect(passed).toEqual(['head 200', 'reset'])
  })
})

describe("Ollama's own 503", () => {
  it('leaves no trace where it is asked again, in however many pieces it came', () => {
    const { sink, passed } = openHolder('may ask again')
    sink.onHead(toHead(503))
    for (const piece of [BUSY.slice(0, 20), BUSY.slice(20)]) sink.onData([Buffer.from(piece)])
    sink.onEnd()
    expect(passed).toEqual([])
  })

  it('is passed on with a time to come back where it is not', () => {
    const { sink, passed, heads } = openHolder('may not')
    const given = toHead(503, [['Content-Type', 'application/json']])
    sink.onHead(given)
    sink.onData([Buffer.from(BUSY)])
    expect(passed).toEqual([])
    sink.onEnd()
    expect(passed).toEqual(['head 503', BUSY, 'end'])
    expect(heads).toEqual([{ ...given, headers: [...given.headers, ['Retry-After', '12']] }])
  })

  it('keeps the time it names itself', () => {
    const { sink, heads } = openHolder('may not')
    sink.onHead(toHead(503, [['retry-after', '3']]))
    sink.onData([Buffer.from(BUSY)])
    sink.onEnd()
    expect(heads[0]?.headers).toEqual([['retry-after', '3']])
  })
})

describe('a 503 of something else', () => {
  it.each([
    ['a page', OF_A_PROXY],
    ['nothing', ''],
    ['another sentence', '{"error":"model is loading"}'],
  ])('with %s is passed on untouched, and not asked again', (_name, body) => {
    const { sink, passed, heads, countAsked } = openHolder('may ask again')
    sink.onHead(toHead(503))
    if (body !== '') sink.onData([Buffer.from(body)])
    sink.onEnd()
    expect(passed.join(' ')).toBe(`head 503 ${body === '' ? '' : `${body} `}end`)
    expect([heads[0]?.headers, countAsked()]).toEqual([[], 0])
  })
})

describe('a 503 that breaks off', () => {
  it('is passed on as far as it came', () => {
    const { sink, passed } = openHolder('may ask again')
    sink.onHead(toHead(503))
    sink.onData([Buffer.from('{"err')])
    sink.onFail(toFailure('closed'))
    expect(passed).toEqual(['head 503', '{"err', 'closed'])
  })

  it('after its head is as good as none: what may follow is not told of it', () => {
    const { sink, passed } = openHolder('may ask again')
    sink.onHead(toHead(503))
    sink.onFail(toFailure('closed'))
    expect(passed).toEqual(['closed'])
  })
})

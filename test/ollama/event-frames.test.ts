import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEvent, toEventFrame } from '../../src/ollama/event.ts'
import { createEventSplitter } from '../../src/ollama/event-frames.ts'
import { EVENT_STREAMS, splitEvents, toEvents } from './recorded-events.ts'

describe('a stream of events', () => {
  it('is recorded for every route', () => {
    const routes = new Set(EVENT_STREAMS.map(({ route }) => route))
    expect(routes.size).toBe(4)
  })

  it.each(EVENT_STREAMS)('$version $name is cut into its events', ({ exchange }) => {
    const { body } = exchange.response
    expect(splitEvents([body])).toEqual(toEvents(body))
    for (const frame of splitEvents([body])) {
      const { name, data } = readEvent(frame)!
      expect(toEventFrame(name, data)).toEqual(frame)
    }
  })

  it('is cut alike however its bytes come', () => {
    const stream = fc.constantFrom(...EVENT_STREAMS.map(({ exchange }) => exchange.response.body))
    const cuts = fc.array(fc.nat(), { maxLength: 30 })
    const ending = fc.constantFrom('\n', '\r\n')
    fc.assert(
      fc.property(stream, cuts, ending, (body, numbers, end) => {
        const bytes = Buffer.from(body.toString('latin1').replaceAll('\n', end), 'latin1')
        const places = numbers.map((n) => n % bytes.length).sort((one, other) => one - other)
        const pieces = [0, ...places].map((at, i) => bytes.subarray(at, places[i] ?? bytes.length))
        const frames = splitEvents(pieces)
        expect(Buffer.concat(frames).equals(bytes)).toBe(true)
        expect(frames).toHaveLength(toEvents(body).length)
        const data = frames.map((frame) => String(readEvent(frame)?.data))
        expect(data).toEqual(toEvents(body).map((frame) => String(readEvent(frame)?.data)))
      }),
    )
  })

  it('keeps what is not a whole event for later', () => {
    const splitter = createEventSplitter()
    expect(splitter.push(Buffer.from('data: a\r'))).toEqual([])
    expect(splitter.push(Buffer.from('\n\r'))).toEqual([])
    expect(splitter.rest().toString()).toBe('data: a\r\n\r')
    expect(splitter.push(Buffer.from('\ndata: b')).map(String)).toEqual(['data: a\r\n\r\n'])
    expect(splitter.rest().toString()).toBe('data: b')
  })

  it('is one event one byte at a time', () => {
    const bytes = [...Buffer.from('event: x\ndata: {"a":"\\n\\n"}\n\ndata: [DONE]\n\n')]
    const frames = splitEvents(bytes.map((byte) => Buffer.from([byte])))
    expect(frames.map((frame) => readEvent(frame)?.name)).toEqual(['x', ''])
  })
})

describe('a frame is no event', () => {
  it.each([
    '',
    '\n',
    ': comment\n\n',
    'data: a',
    'data: a\n',
    'data: a\ndata: b\n\n',
    'event: x\n\n',
    'data: a\n\n\n',
  ])('%j', (text) => {
    expect(readEvent(Buffer.from(text))).toBeUndefined()
  })
})

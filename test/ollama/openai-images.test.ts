import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fillMarks, markPicture, readBase64, readImageUrl } from '../../src/ollama/openai-images.ts'
import { translateRequest } from '../../src/ollama/openai-requests.ts'
import { documentAt } from './compatible-documents.ts'

const CHAT = '/v1/chat/completions'

/** What Go's decoder and encoder make of base64: its own round trip, for what it does not refuse. */
describe('base64', () => {
  it.each([
    ['', ''],
    ['AAAA', 'AAAA'],
    ['AA==', 'AA=='],
    ['AB==', 'AA=='],
    ['AAB=', 'AAA='],
    ['A\nA\r\n==\n', 'AA=='],
    ['+/9z', '+/9z'],
  ])('%j is written %j', (text, written) => {
    expect(readBase64(text)).toBe(written)
  })

  it.each(['A', 'AA', 'AAA', 'AA=A', 'A===', '====', 'AA==AAAA', 'A A=', '-_9z', 'AA é', 'AAA*'])(
    '%j is refused',
    (text) => {
      expect(readBase64(text)).toBeUndefined()
    },
  )
})

describe('a picture in a URL', () => {
  it.each([
    ['data:image/png;base64,AAAA', 'AAAA'],
    ['data:;base64,AAAA', 'AAAA'],
    ['data:image/gif;base64,AAAA', undefined],
    ['https://example.com/a.png', undefined],
    ['AAAA', undefined],
  ])('%s', (url, picture) => {
    expect(readImageUrl(url)).toBe(picture)
  })
})

/** A message with a picture and a text, and what becomes of the picture. */
function translate(url: string): string | undefined {
  const content = [
    { type: 'text', text: 'What \u0000 is this?' },
    { type: 'image_url', image_url: { url } },
    { type: 'image_url', image_url: url },
  ]
  const body = { model: 'm', messages: [{ role: 'user', content }] }
  const native = translateRequest(CHAT, documentAt(CHAT, body), 'newer')
  if (native === undefined) return undefined
  const { messages } = JSON.parse(native.body.toString()) as {
    messages: { content: string; images?: string[] }[]
  }
  expect(messages[0]).toEqual({ role: 'user', content: 'What \u0000 is this?' })
  expect(messages[2]?.images).toEqual(messages[1]?.images)
  return messages[1]?.images?.[0]
}

describe('a large picture', () => {
  const large = randomBytes(90_001).toString('base64')

  it('is copied as it is', () => {
    expect(large.endsWith('=')).toBe(true)
    expect(translate(`data:image/png;base64,${large}`)).toBe(large)
    expect(translate(`data:image/jpeg;base64,${large.slice(0, -4)}`)).toBe(large.slice(0, -4))
  })

  it('is written as Go writes it where it is spelled otherwise', () => {
    const loose = `${large.slice(0, -4)}AB==`
    expect(translate(`data:image/png;base64,${loose}`)).toBe(`${large.slice(0, -4)}AA==`)
    const inLines = large.replace(/.{76}/g, '$&\r\n')
    expect(translate(`data:image/png;base64,${inLines}`)).toBe(large)
  })

  it.each([
    ['data:image/gif;base64,', large],
    ['data:image/png;base64,', large.slice(1)],
    ['data:image/png;base64,', `*${large.slice(1)}`],
    ['data:image/png;base64,', `${large}AAAA`],
    ['data:image/png;base64,', large.replace(/[a-z]/, '-')],
    ['https://example.com/', large],
  ])('that begins with %s and is no picture is left to Ollama', (head, rest) => {
    expect(translate(`${head}${rest}`)).toBeUndefined()
  })

  it('is marked by its place, and only where it is large', () => {
    const bytes = Buffer.from(`"data:;base64,${large}"`)
    const mark = markPicture(bytes, 0, bytes.length) ?? ''
    expect(mark.length).toBeLessThan(30)
    expect(fillMarks(`{"a":"${mark}"}`, bytes).toString()).toBe(`{"a":"${large}"}`)
    expect(markPicture(Buffer.from('"data:;base64,AAAA"'), 0, 19)).toBeUndefined()
  })
})

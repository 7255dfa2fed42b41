import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readTags, readVersion } from '../../src/models/table.ts'

const CORPUS = new URL('../corpus/', import.meta.url)

/** Bodies of every recorded 200 to the request line. */
function recorded(line: string): Buffer[] {
  const versions = ['v0.24.0', 'v0.32.15']
  const files = versions.flatMap((version) => {
    const folder = new URL(`${version}/`, CORPUS)
    return readdirSync(folder).map((name) => new URL(name, folder))
  })
  return files.flatMap((file) => {
    const { request, response } = JSON.parse(readFileSync(file, 'utf8'))
    const isMeant = request?.line === line && response?.line === 'HTTP/1.1 200 OK'
    return isMeant ? [Buffer.from(response.text)] : []
  })
}

describe('the body of /api/tags', () => {
  it('gives a name and a digest of 64 hexadecimal digits for every model ever recorded', () => {
    const bodies = recorded('GET /api/tags HTTP/1.1')
    expect(bodies.length).toBeGreaterThan(2)
    for (const body of bodies) {
      const listed = readTags(body)
      expect(listed).toHaveLength(JSON.parse(body.toString()).models.length)
      for (const model of listed ?? []) {
        expect(model.name).toMatch(/:/)
        expect(model.digest).toMatch(/^[0-9a-f]{64}$/)
        expect(model.place).toBe('here')
      }
    }
  })

  it.each(['{"models":[]}', '{"models":null}', '{}'])('may list nothing: %s', (body) => {
    expect(readTags(Buffer.from(body))).toEqual([])
  })

  it.each(['', 'null', '[]x', '{"models":{}}', '"models"'])('is refused when it is %j', (body) => {
    expect(readTags(Buffer.from(body))).toBeUndefined()
  })

  it('is read without the entries that have no name or no digest', () => {
    const models = [null, 5, { name: 'a' }, { name: 'b', digest: '' }, { name: 'c', digest: 'd' }]
    expect(readTags(Buffer.from(JSON.stringify({ models })))?.map(({ name }) => name)).toEqual([
      'c',
    ])
  })
})

describe('the body of /api/version', () => {
  it('gives the version of every recorded server', () => {
    const versions = recorded('GET /api/version HTTP/1.1').map((body) => readVersion(body))
    expect(new Set(versions)).toEqual(new Set(['0.24.0', '0.32.15']))
  })

  it.each(['', 'null', '{"version":5}', '{}'])('is refused when it is %j', (body) => {
    expect(readVersion(Buffer.from(body))).toBeUndefined()
  })
})

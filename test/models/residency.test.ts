import { describe, expect, it } from 'vitest'
import { createResidency } from '../../src/models/residency.ts'
import type { Ask } from '../../src/models/table-reader.ts'

const LIMIT_MS = 250

const answerWith =
  (body: string, status = 200): Ask =>
  async () => ({ status, headers: {}, body: Buffer.from(body) })

const list = (...digests: string[]): string =>
  JSON.stringify({ models: digests.map((digest) => ({ name: 'tiny:latest', digest })) })

describe('a model', () => {
  it.each([
    ['loaded', 'where its digest is listed', answerWith(list('other', 'mine'))],
    ['loading', 'where only others are', answerWith(list('other'))],
    ['loading', 'where nothing is', answerWith('{"models":[]}')],
    ['unreachable', 'where what answers knows no such list', answerWith('404 page not found', 404)],
    ['unreachable', 'where the list is not one', answerWith('{"models":null}')],
    ['unreachable', 'where the answer is not JSON', answerWith('<html>')],
    ['unreachable', 'where the answer is no object', answerWith('null')],
    ['loading', 'where an entry is not one', answerWith('{"models":[null,7,{}]}')],
  ])('is %s %s', async (state, _where, ask) => {
    expect(await createResidency(ask).isLoaded('mine', LIMIT_MS)).toBe(state)
  })

  it('is loading where the origin does not answer within the limit', async () => {
    const ask: Ask = async (path, options) => {
      expect([path, options]).toEqual(['/api/ps', { timeoutMs: LIMIT_MS }])
      throw new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    }
    expect(await createResidency(ask).isLoaded('mine', LIMIT_MS)).toBe('loading')
  })

  it('is unreachable where the connection fails', async () => {
    const ask: Ask = () => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }))
    expect(await createResidency(ask).isLoaded('mine', LIMIT_MS)).toBe('unreachable')
  })
})

describe('questions', () => {
  it('under way are shared, also by those who ask about another model', async () => {
    const release: ((body: string) => void)[] = []
    const ask: Ask = async () => {
      const body = await new Promise<string>((resolve) => release.push(resolve))
      return { status: 200, headers: {}, body: Buffer.from(body) }
    }
    const residency = createResidency(ask)
    const states = ['one', 'one', 'two'].map((digest) => residency.isLoaded(digest, LIMIT_MS))
    expect(release).toHaveLength(1)
    release[0]?.(list('one'))
    expect(await Promise.all(states)).toEqual(['loaded', 'loaded', 'loading'])
  })

  it.each([
    ['an answer', answerWith(list('other'))],
    ['a failure', () => Promise.reject(new Error('no'))],
  ])('are asked anew after %s', async (_what, first: Ask) => {
    const answers: Ask[] = [first, answerWith(list('mine'))]
    const residency = createResidency((...args) => answers.shift()!(...args))
    expect(await residency.isLoaded('mine', LIMIT_MS)).not.toBe('loaded')
    expect(await residency.isLoaded('mine', LIMIT_MS)).toBe('loaded')
  })
})

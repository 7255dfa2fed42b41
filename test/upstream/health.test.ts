import { describe, expect, it } from 'vitest'
import { checkHealth } from '../../src/upstream/health.ts'
import { findDeadPort, openUpstream, startHttpOrigin } from './support/origin.ts'

async function probe(status: number, body: string): Promise<unknown> {
  const origin = await startHttpOrigin((request, response) => {
    response.writeHead(request.url === '/api/version' ? status : 404).end(body)
  })
  return checkHealth(openUpstream(origin.url))
}

describe('checkHealth', () => {
  it('knows the version of an origin that answers', async () => {
    expect(await probe(200, '{"version":"0.24.0"}')).toEqual({ answering: true, version: '0.24.0' })
  })

  it.each([
    [500, '{"error":"broken"}'],
    [200, '<html>some other server</html>'],
    [200, 'null'],
  ])('takes %i %s for no answer', async (status, body) => {
    expect(await probe(status, body)).toEqual({ answering: false })
  })

  it('does not reject where nothing listens', async () => {
    const url = new URL(`http://127.0.0.1:${await findDeadPort()}`)
    expect(await checkHealth(openUpstream(url))).toEqual({ answering: false })
  })
})

import { once } from 'node:events'
import { Socket } from 'node:net'
import { buildConnector, type Dispatcher } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RevocableClient, type Revoke } from '../../src/upstream/revocable-client.ts'
import { startHttpOrigin } from './support/origin.ts'

const REASON = new DOMException('given up', 'AbortError')
const URL_OF_NOBODY = new URL('http://127.0.0.1:9')

/** Makes connections that never come about, as far as `next` does not say otherwise. */
function createStallingConnector() {
  const sockets: Socket[] = []
  const real = buildConnector({})
  const stall: buildConnector.connector = (_options, callback) => {
    const socket = new Socket()
    socket.on('error', (error) => callback(error, null))
    sockets.push(socket)
    return socket
  }
  const bench = { sockets, next: 'stall' as 'stall' | 'connect' }
  const connect: buildConnector.connector = (options, callback) =>
    (bench.next === 'stall' ? stall : real)(options, callback)
  return Object.assign(bench, { connect })
}

/** Sends through the client; resolves with how it ended. */
function send(client: RevocableClient, revokeAtOnce = false) {
  let revoke: Revoke = () => {}
  const ended = new Promise<string | Error>((resolve) => {
    const handler: Dispatcher.DispatchHandler = {
      onConnect: () => {},
      onHeaders: () => true,
      onData: () => true,
      onComplete: () => resolve('answered'),
      onError: resolve,
    }
    const onDispatch = (given: Revoke): void => {
      revoke = given
      if (revokeAtOnce) given(REASON)
    }
    client.dispatch({ path: '/', method: 'GET', onDispatch } as Dispatcher.DispatchOptions, handler)
  })
  return { ended, revoke: () => revoke(REASON) }
}

function openClient(url: URL) {
  const connector = createStallingConnector()
  const client = new RevocableClient(url, {}, connector.connect)
  onTestFinished(() => client.destroy())
  return { client, connector }
}

describe('calling off', () => {
  it('ends the connection being made, and the request with the reason', async () => {
    const { client, connector } = openClient(URL_OF_NOBODY)
    const request = send(client)
    request.revoke()
    expect(connector.sockets.map(({ destroyed }) => destroyed)).toEqual([true])
    expect(await request.ended).toBe(REASON)
  })

  it('reaches the connection that replaces one found dead', async () => {
    const origin = await startHttpOrigin((_request, response) => response.end('all'))
    const { client, connector } = openClient(origin.url)
    connector.next = 'connect'
    expect(await send(client).ended).toBe('answered')
    const gone = once(client, 'disconnect')
    origin.sockets[0]?.destroy()
    await gone
    connector.next = 'stall'
    const request = send(client)
    request.revoke()
    expect(connector.sockets.map(({ destroyed }) => destroyed)).toEqual([true])
    expect(await request.ended).toBe(REASON)
  })

  it('begins no connection where none was begun', async () => {
    const { client, connector } = openClient(URL_OF_NOBODY)
    expect(await send(client, true).ended).toBe(REASON)
    expect(connector.sockets).toHaveLength(0)
  })

  it('does not touch the connection of a later request', async () => {
    const { client, connector } = openClient(URL_OF_NOBODY)
    const earlier = send(client)
    earlier.revoke()
    await earlier.ended
    const later = send(client)
    earlier.revoke()
    expect(connector.sockets.map(({ destroyed }) => destroyed)).toEqual([true, false])
    later.revoke()
    expect(await later.ended).toBe(REASON)
  })

  it('does nothing to a connection that stands', async () => {
    const origin = await startHttpOrigin((_request, response) => response.end('all'))
    const { client, connector } = openClient(origin.url)
    connector.next = 'connect'
    const request = send(client)
    expect(await request.ended).toBe('answered')
    request.revoke()
    expect(await send(client).ended).toBe('answered')
    expect(origin.sockets).toHaveLength(1)
  })
})

describe('destroying the client', () => {
  it('ends the connection being made', async () => {
    const { client, connector } = openClient(URL_OF_NOBODY)
    const request = send(client)
    await client.destroy()
    expect(connector.sockets.map(({ destroyed }) => destroyed)).toEqual([true])
    expect(await request.ended).toMatchObject({ code: 'UND_ERR_DESTROYED' })
  })
})

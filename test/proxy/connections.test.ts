import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createConnections } from '../../src/proxy/connections.ts'
import { createKeptClient } from '../support/kept-client.ts'

const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

/** A server that says what it was asked, and knows the bytes of every request it has seen whole. */
async function start() {
  const known = new Set<string>()
  const offered: string[] = []
  const short: string[] = []
  const connections = createConnections((bytes, socket) => {
    const text = bytes.toString('latin1')
    offered.push(text)
    if (!known.has(text)) return 'declined'
    short.push(text)
    const body = toBody(text)
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    return 'answered'
  })
  const server = createServer((request, response) => {
    const raw = connections.begin(request, response)
    if (raw !== undefined) known.add(raw.toString('latin1'))
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = `${request.url} ${Buffer.concat(chunks).toString('latin1')}`
      response.writeHead(200, { 'Content-Length': body.length }).end(body)
    })
  })
  server.on('connection', (socket) => connections.watch(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return { port: (server.address() as AddressInfo).port, offered, short, known }
}

/** What the server says to the bytes of a request. */
function toBody(text: string): string {
  const path = text.split(' ')[1]
  return `${path} ${text.slice(text.indexOf('\r\n\r\n') + 4)}`
}

const toRequest = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`

describe('bytes that are one request as it was answered before', () => {
  it('are offered from the second request of a connection on, and then are never parsed', async () => {
    const { port, short, offered } = await start()
    const client = createKeptClient(() => port)
    const ask = async () => (await client.post('/a', 'b')).body.toString()
    expect([await ask(), await ask(), await ask()]).toEqual(['/a b', '/a b', '/a b'])
    expect([offered.length, short.length]).toEqual([2, 2])
    client.close()
  })

  it('are known to other connections too, after their first request', async () => {
    const { port, short } = await start()
    const [one, other] = [createKeptClient(() => port), createKeptClient(() => port)]
    await one.post('/a', 'b')
    await other.post('/other', '')
    expect((await other.post('/a', 'b')).body.toString()).toBe('/a b')
    expect(short).toHaveLength(1)
    one.close()
    other.close()
  })

  it('are not looked for where the request before has not been answered', async () => {
    const { port, short } = await start()
    const socket = connect(port, '127.0.0.1')
    const whole = toRequest('/a', 'b')
    let text = ''
    const both = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        text += chunk.toString()
        if (text.split('/a b').length === 4) resolve()
      })
    })
    socket.write(whole + whole + whole)
    await both
    expect(short).toEqual([])
    socket.destroy()
  })

  it('are looked for again after a request that came in pieces, but not after one in chunks', async () => {
    const { port, offered } = await start()
    const client = createKeptClient(() => port)
    const inTwo = (bytes: Buffer) => [bytes.subarray(0, -3), bytes.subarray(-3)]
    await client.ask({ method: 'POST', path: '/a', body: 'hello' }, inTwo)
    await client.post('/b', 'x')
    expect(offered).toHaveLength(1)
    const headers = [['Transfer-Encoding', 'chunked']] as const
    const chunks = await client.ask({
      method: 'POST',
      path: '/c',
      headers,
      body: '2\r\nab\r\n0\r\n\r\n',
    })
    expect(chunks.body.toString()).toBe('/c ab')
    await client.post('/d', 'y')
    expect(offered).toHaveLength(2)
    client.close()
  })

  it('are only those from the beginning of a request to its end, however the bytes are cut', async () => {
    const { port, offered, short } = await start()
    const path = fc.constantFrom('/a', '/b')
    // A body may look like a request.
    const body = fc.constantFrom('', 'x', toRequest('/a', 'x'), toRequest('/b', ''))
    const request = fc.tuple(path, body)
    const turn = fc.record({
      asked: fc.oneof(
        { weight: 4, arbitrary: fc.tuple(request) },
        { weight: 1, arbitrary: fc.array(request, { minLength: 2, maxLength: 3 }) },
      ),
      cuts: fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(fc.nat(400), { maxLength: 2 }) },
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 2, maxLength: 8 }), async (turns) => {
        const talk = await open(port)
        for (const { asked, cuts } of turns) {
          const wanted = asked.map(([url, text]) => `${url} ${text}`)
          const bytes = Buffer.from(asked.map(([url, text]) => toRequest(url, text)).join(''))
          expect(await talk.say(cut(bytes, cuts), wanted.length)).toEqual(wanted)
        }
        talk.close()
      }),
      { numRuns: 200 },
    )
    expect([offered.length > 100, short.length > 50]).toEqual([true, true])
  })
})

/** Bytes in pieces. */
function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = new Set([0, ...cuts.map((each) => each % bytes.length), bytes.length])
  const ordered = [...places].toSorted((one, other) => one - other)
  return ordered.slice(1).map((end, i) => bytes.subarray(ordered[i], end))
}

/** A connection over which pieces are sent, and then so many answers are waited for. */
async function open(port: number) {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  await once(socket, 'connect')
  return {
    close: () => socket.destroy(),
    async say(pieces: readonly Buffer[], count: number): Promise<string[]> {
      let text = ''
      const all = new Promise<string[]>((resolve) => {
        const onData = (chunk: Buffer): void => {
          text += chunk.toString('latin1')
          if (toBodies(text).length < count) return
          socket.off('data', onData)
          resolve(toBodies(text))
        }
        socket.on('data', onData)
        socket.once('close', () => resolve(toBodies(text)))
      })
      for (const piece of pieces) {
        await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
        // Most often the server reads this piece before the next comes.
        await new Promise((resolve) => setImmediate(resolve))
      }
      return all
    },
  }
}

/** The bodies of the whole answers in a text. */
function toBodies(text: string): string[] {
  const bodies: string[] = []
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n\r\n', at)
    const length = Number(/content-length: (\d+)/i.exec(text.slice(at, end))?.[1])
    if (end < 0 || text.length < end + 4 + length) return bodies
    bodies.push(text.slice(end + 4, end + 4 + length))
    at = end + 4 + length
  }
}

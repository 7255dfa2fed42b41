import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createDoor, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readAddresses, writeAddress } from '../../src/workers/door.ts'
import { createHandOver } from '../../src/workers/handover.ts'
import { createManualClock } from '../support/clock.ts'
import { toBytes } from '../support/raw-client.ts'
import { startCrew } from './support/crew.ts'

async function listen(server: Server | ReturnType<typeof createDoor>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A client's connection that is open. */
async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  return socket
}

describe('the door of the first process', () => {
  it.each(['', '127.0.0'])('is closed again behind who says no more than "%s"', async (said) => {
    const server = createServer(() => expect.unreachable('nothing was asked'))
    const port = await listen(server)
    readAddresses(server)
    const socket = await open(port)
    socket.resume().end(said)
    await once(socket, 'close')
  })

  it('takes who says whose connection it is, however it is cut', async () => {
    const addresses: (string | undefined)[] = []
    const server = createServer(({ socket }, response) => {
      addresses.push(socket.remoteAddress)
      response.end('heard')
    })
    const port = await listen(server)
    readAddresses(server)
    const socket = await open(port)
    const line = writeAddress({ remoteAddress: '192.0.2.1' })
    const request = toBytes({ path: '/', headers: [['Connection', 'close']] })
    const bytes = Buffer.concat([Buffer.from(line), request])
    for (const byte of bytes) socket.write(Buffer.of(byte))
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk))
    await once(socket, 'end')
    expect(answer).toMatch(/heard/)
    expect(addresses).toEqual(['192.0.2.1'])
  })
})

describe('a client of a worker', () => {
  it('that has left already is not handed over', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'reprise-test-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const path = join(directory, 'door')
    let connections = 0
    const door = createDoor((socket) => {
      connections += 1
      socket.on('data', () => socket.end())
    }).listen(path)
    onTestFinished(() => void door.close())
    const handOver = createHandOver(path, createManualClock())
    const server = createServer()
    const client = await open(await listen(server))
    client.write(toBytes({ path: '/' }))
    const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
    client.destroy()
    await once(response, 'close')
    await handOver(request, response, { target: '/', body: { kind: 'none' } })
    // What was opened before would be there before this one.
    const last = connect(path).resume()
    last.write('last')
    await once(last, 'end')
    expect(connections).toBe(1)
  })
})

describe('a client of a worker that takes nothing', () => {
  it('is cut after a minute, and the first process hears of it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'reprise-test-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const path = join(directory, 'door')
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(0x10000)}\r\n`)
    const door = createDoor((socket) => {
      const fill = (): void => {
        while (socket.write(chunk));
      }
      socket.on('error', () => {}).on('drain', fill)
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      fill()
    }).listen(path)
    onTestFinished(() => void door.close())
    const over = new Promise<void>((resolve) => {
      door.once('connection', (socket: Socket) => socket.once('close', () => resolve()))
    })
    const clock = createManualClock()
    const { startTimer } = clock
    // The minute is over as soon as somebody begins to count it.
    clock.startTimer = (ms, act) => {
      queueMicrotask(() => clock.advance(ms))
      return startTimer(ms, act)
    }
    const server = createServer()
    const client = await open(await listen(server))
    client.pause().write(toBytes({ path: '/' }))
    const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
    const handed = createHandOver(path, clock)(request, response, {
      target: '/',
      body: { kind: 'none' },
    })
    await Promise.all([handed, over])
    client.destroy()
  })
})

describe('clients of two workers that leave as soon as they have asked', {
  timeout: 60_000,
}, () => {
  it('leave nothing behind: no run, no connection, and the server ends as it should', async () => {
    const crew = await startCrew()
    const barrier = crew.origin.hold('/api/generate', 'headers')
    const leave = async (n: number): Promise<void> => {
      const client = await open(crew.port)
      const body = JSON.stringify({ model: 'tiny', prompt: `${n}` })
      const isTaken = new Promise<void>((resolve) =>
        client.write(toBytes({ method: 'POST', path: '/api/generate', body }), () => resolve()),
      )
      await isTaken
      // Some at once, some when the workers have begun.
      for (let turn = 0; turn < n % 16; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      client.destroy()
      await once(client, 'close')
    }
    await Promise.all(Array.from({ length: 200 }, (_, n) => leave(n)))
    barrier.release()
    for (const call of crew.origin.calls('/api/generate')) await call.closed
    expect((await crew.ask('last').answer).status).toBe(200)
    expect(await crew.metric('reprise_flights_open')).toBe(0)
    expect(await crew.stop()).toBe(0)
  })
})

describe('a place without a folder for what passes', { timeout: 60_000 }, () => {
  it('has the door beside the data', async () => {
    const crew = await startCrew({ environment: { TMPDIR: '/nowhere' } })
    expect((await crew.ask('a').answer).status).toBe(200)
    expect(await crew.stop()).toBe(0)
    expect(readdirSync(crew.dataDir).filter((name) => name.startsWith('reprise-'))).toEqual([])
  })
})

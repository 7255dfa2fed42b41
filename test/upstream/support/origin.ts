import { EventEmitter, once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createRawServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { type Cohorts, createCohorts } from '../../../src/cohorts.ts'
import { createUpstream, type Upstream } from '../../../src/upstream/pool.ts'

/** An origin on the loopback; it and its connections end with the test. */
export interface TestOrigin {
  readonly port: number
  readonly url: URL
  /** Connections accepted so far. */
  readonly sockets: readonly Socket[]
  /** The next connection. */
  nextSocket(): Promise<Socket>
}

export async function startHttpOrigin(listener: RequestListener): Promise<TestOrigin> {
  return listen(createServer(listener))
}

/** An origin that says `answer` to whatever comes first on a connection, and then leaves it open. */
export async function startRawOrigin(answer: string | Buffer): Promise<TestOrigin> {
  return listen(createRawServer((socket) => socket.once('data', () => socket.write(answer))))
}

/** A port of the loopback on which nothing listens. */
export async function findDeadPort(): Promise<number> {
  const server = createRawServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export function openUpstream(url: URL, cohorts: Cohorts = createCohorts(systemClock)): Upstream {
  const upstream = createUpstream(url, cohorts)
  onTestFinished(() => upstream.close())
  return upstream
}

async function listen(server: Server | ReturnType<typeof createRawServer>): Promise<TestOrigin> {
  const sockets: Socket[] = []
  const accepted = new EventEmitter()
  server.on('connection', (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    accepted.emit('socket', socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: new URL(`http://127.0.0.1:${port}`),
    sockets,
    nextSocket: async () => (await once(accepted, 'socket'))[0] as Socket,
  }
}

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { pass, readInstantMs } from './instant.ts'

/** A port that nobody listens on, for programs that cannot choose one themselves. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : Number.NaN
}

/** Waits until somebody takes connections there; gives the address back. Throws after so many ms. */
export async function waitUntilListening(url: string, limitMs: number): Promise<string> {
  const { hostname, port } = new URL(url)
  const startedAt = readInstantMs()
  while (readInstantMs() - startedAt < limitMs) {
    if (await isTaken(hostname, Number(port))) return url
    await pass(20)
  }
  throw new Error(`nobody listens on ${url}`)
}

function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

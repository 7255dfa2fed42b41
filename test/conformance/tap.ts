import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A generation on its way through a tap. */
export interface Tapped {
  /** Resolves when the first bytes of its answer are there. */
  readonly begun: Promise<void>
  /** Resolves when whoever asked is done with it: whether the answer had been finished. */
  readonly over: Promise<'finished' | 'aborted'>
}

/** Something that hands everything through to an origin, and lets a test see when a run begins. */
export interface Tap {
  readonly url: string
  /** Resolves with the next generation. */
  next(): Promise<Tapped>
  close(): Promise<void>
}

/** Starts one on a free port. */
export async function startTap(origin: string): Promise<Tap> {
  const waiting: ((tapped: Tapped) => void)[] = []
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = '/' } = incoming
    const onward = request(origin + url, { method, headers })
    const begun = new Promise<void>((resolve) => {
      onward.on('response', (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.once('data', () => resolve())
        answer.pipe(outgoing)
      })
    })
    const over = new Promise<'finished' | 'aborted'>((resolve) => {
      outgoing.on('close', () => {
        resolve(outgoing.writableEnded ? 'finished' : 'aborted')
        onward.destroy()
      })
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
    if (url === '/api/generate') waiting.shift()?.({ begun, over })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

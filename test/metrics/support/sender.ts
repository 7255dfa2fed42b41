import { Agent, request } from 'node:http'

/** Sends many requests over a few connections that are kept. */
export interface Sender {
  /** Resolves when every body has been answered, whatever the answer is. */
  postAll(path: string, bodies: readonly object[]): Promise<void>
  get(path: string): Promise<string>
  close(): void
}

/** To a server on this machine. */
export function createSender(port: number, connections: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const send = (method: string, path: string, body?: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, method, path, agent }
      const sent = request(options, (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('end', () => resolve(Buffer.concat(pieces).toString()))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return {
    async postAll(path, bodies) {
      const rest = bodies.values()
      const work = async (): Promise<void> => {
        for (const body of rest) await send('POST', path, JSON.stringify(body))
      }
      await Promise.all(Array.from({ length: connections }, work))
    },
    get: (path) => send('GET', path),
    close: () => agent.destroy(),
  }
}

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parse, type RawAnswer, type RawRequest, toBytes } from './raw-client.ts'

/** A client that keeps its connection, as most do, and asks one thing after the other. */
export interface KeptClient {
  /** Sends a request in these pieces (by default as one), and waits for its answer. */
  ask(request: RawRequest, cut?: (bytes: Buffer) => readonly Buffer[]): Promise<RawAnswer>
  post(path: string, body: unknown, headers?: RawRequest['headers']): Promise<RawAnswer>
  close(): void
}

/** Connects when something is asked, and again where the server has closed the connection. */
export function createKeptClient(port: () => number): KeptClient {
  let socket: Socket | undefined

  async function open(): Promise<Socket> {
    if (socket?.readyState === 'open') return socket
    socket = connect(port(), '127.0.0.1').setNoDelay(true)
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }

  const client: KeptClient = {
    async ask(request, cut = (bytes) => [bytes]) {
      const own = await open()
      const answer = readAnswer(own)
      for (const piece of cut(toBytes(request))) {
        await new Promise<void>((resolve) => own.write(piece, () => resolve()))
      }
      const { header } = await answer
      if (header('connection') === 'close') own.destroy()
      return answer
    },
    post: (path, body, headers = []) =>
      client.ask({
        method: 'POST',
        path,
        headers,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: () => void socket?.destroy(),
  }
  return client
}

/** What comes until an answer is whole, or the connection is over. */
function readAnswer(socket: Socket): Promise<RawAnswer> {
  let bytes = Buffer.alloc(0)
  return new Promise((resolve) => {
    const settle = (isClosed: boolean): void => {
      const answer = parse(bytes, false, isClosed)
      if (answer === undefined) return
      socket.off('data', onData).off('close', onClose)
      resolve(answer)
    }
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk])
      settle(false)
    }
    const onClose = (): void => settle(true)
    socket.on('data', onData).on('close', onClose)
  })
}

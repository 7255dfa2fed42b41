import type { Server, Socket } from 'node:net'

/** What a worker writes first on each connection to the first process: whose connection it speaks for. */
export function writeAddress(client: Pick<Socket, 'remoteAddress'>): string {
  return `${client.remoteAddress ?? ''}\n`
}

const LINE_END = 10

/**
 * Makes each connection of this server look as the client's own: its address is read off the first line, and
 * everything behind that line is the server's. Only workers can reach it, so that nobody makes one up.
 */
export function readAddresses(server: Server): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    readLine(socket, (address) => {
      Object.defineProperty(socket, 'remoteAddress', { value: address })
      for (const listener of listeners) listener.call(server, socket)
    })
  })
}

function readLine(socket: Socket, then: (line: string) => void): void {
  let bytes = Buffer.alloc(0)
  const read = (): void => {
    const more: Buffer | null = socket.read()
    if (more === null) return
    bytes = Buffer.concat([bytes, more])
    const end = bytes.indexOf(LINE_END)
    if (end < 0) return
    socket.off('readable', read).off('end', leave).off('error', ignore)
    const rest = bytes.subarray(end + 1)
    if (rest.length > 0) socket.unshift(rest)
    then(bytes.toString('latin1', 0, end))
  }
  // Its client was gone before the line was written. Node's server lets the other side of a connection stand open.
  const leave = (): void => void socket.destroy()
  socket.on('readable', read).on('end', leave).on('error', ignore)
}

/** A worker that has just ended. */
function ignore(): void {}

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Bench } from './figure.ts'
import type { Server } from './servers.ts'
import { startChild } from './stage.ts'

/** A listener that takes no more connections, nor refuses them. */
export interface DeafOrigin {
  readonly url: string
  /** Connections to it that have been begun and that nobody has taken (SYN_SENT). */
  countConnecting(): number
  close(): Promise<void>
}

/** Starts a listener, stops its process, and fills its row. */
export async function startDeafOrigin(bench: Bench): Promise<DeafOrigin> {
  const server = await startChild(bench, 'deaf-origin')
  const port = Number(new URL(server.url).port)
  signal(server, 'SIGSTOP')
  const fillers: Socket[] = []
  // A backlog of 1 holds two.
  for (let held = 0; held < 2; held += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    fillers.push(socket)
    await once(socket, 'connect')
  }
  return {
    url: server.url,
    countConnecting: () => countConnecting(port),
    async close() {
      for (const socket of fillers) socket.destroy()
      await server.stop()
    },
  }
}

function signal({ pid }: Server, name: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(pid, name)
}

/** In proc(5) `net/tcp` addresses are hexadecimal, and state 02 is SYN_SENT. */
function countConnecting(port: number): number {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return lines.filter((line) => {
    const [, , remoteAddress, state] = line.trim().split(/\s+/)
    return remoteAddress === remote && state === '02'
  }).length
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from './clock.ts'

/** How long running answers may go on after the order to stop, in ms. */
const DRAIN_LIMIT_MS = 25_000

/** A client that has connected and not asked may be about to, and is refused in words; after so many ms it is cut. */
const SILENCE_LIMIT_MS = 1_000

/** Node tells here of each answer that is out. */
const ANSWERED = 'http.server.response.finish'

/** How a server comes to its end. Either way running answers end, and what is left when the time is over is cut. */
export interface Drain {
  /** Stops listening at once. */
  close(): Promise<void>
  /**
   * Goes on listening, and hangs up on whoever comes: of several processes that listen together none may stop before
   * all have ended their answers. What is dealt to one that no longer listens, Node holds until it ends itself.
   */
  hangUp(): Promise<void>
}

/** Knows the connections of a server from now on: to be called before it listens. */
export function prepareDrain(server: Server, clock: Pick<Clock, 'startTimer'>): Drain {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })

  /** Resolves when nobody is left of those who are there. */
  async function end(): Promise<void> {
    const left = [...open]
    const cut = (limitMs: number, isMeant: (socket: Socket) => boolean) =>
      clock.startTimer(limitMs, () => {
        for (const socket of left) if (isMeant(socket)) socket.destroy()
      })
    // To Node one that has never asked is not idle.
    const silence = cut(SILENCE_LIMIT_MS, ({ bytesRead }) => bytesRead === 0)
    const limit = cut(DRAIN_LIMIT_MS, () => true)
    const release = endWithAnswers(server)
    server.closeIdleConnections()
    await Promise.all(left.map(whenClosed))
    silence.cancel()
    limit.cancel()
    release()
  }

  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      await end()
      await closed
    },
    hangUp() {
      const left = end()
      server.on('connection', (socket: Socket) => socket.destroy())
      return left
    },
  }
}

/** A connection that is kept ends with the answer that is under way on it: its client would not leave by itself. */
function endWithAnswers(server: Server): () => void {
  const hear = (message: unknown): void => {
    const { server: its, socket } = message as { server: Server; socket: Socket }
    if (its === server) socket.destroySoon()
  }
  subscribe(ANSWERED, hear)
  return () => void unsubscribe(ANSWERED, hear)
}

function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

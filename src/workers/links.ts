import { connect, type Socket } from 'node:net'
import type { Clock, Timer } from '../clock.ts'
import { writeAddress } from './door.ts'

/**
 * Connections to the first process, each for one connection of a client: what happens to the one happens to
 * the other, and the first process sees who it is that asks.
 */
export interface Links {
  /** The connection of this client's that is idle, or a new one. */
  take(client: Socket): Socket
  /** It may carry the client's next request. */
  giveBack(client: Socket, link: Socket): void
}

/** An idle connection is kept for so long, in ms: less than its other end waits before it closes it. */
const IDLE_LIMIT_MS = 60_000

interface Idle {
  readonly link: Socket
  readonly timer: Timer
}

/** Opens connections to the door of the first process. */
export function createLinks(door: string, clock: Pick<Clock, 'startTimer'>): Links {
  const idleOf = new WeakMap<Socket, Idle>()
  const known = new WeakSet<Socket>()

  function drop(client: Socket): void {
    const idle = idleOf.get(client)
    idleOf.delete(client)
    idle?.timer.cancel()
    idle?.link.destroy()
  }

  function open(client: Socket): Socket {
    const link = connect(door)
    link.setNoDelay(true)
    // Who waits for an answer hears of its close.
    link.on('error', () => {})
    link.write(writeAddress(client))
    return link
  }

  return {
    take(client) {
      const idle = idleOf.get(client)
      idleOf.delete(client)
      idle?.timer.cancel()
      return idle === undefined || idle.link.destroyed ? open(client) : idle.link
    },
    giveBack(client, link) {
      if (client.destroyed || idleOf.has(client)) {
        link.destroy()
        return
      }
      idleOf.set(client, { link, timer: clock.startTimer(IDLE_LIMIT_MS, () => drop(client)) })
      if (!known.has(client)) client.once('close', () => drop(client))
      known.add(client)
    },
  }
}

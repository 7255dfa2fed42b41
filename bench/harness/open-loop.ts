import { performance } from 'node:perf_hooks'
import { createAnswerEnd } from './answer-end.ts'
import { type Place, withPriority } from './cores.ts'
import type { Question } from './load.ts'
import { openSocket, toBytes } from './wire-client.ts'

/** Who is asked what, over how many connections: as many as may have to wait at once. */
export interface Asked {
  readonly url: string
  readonly question: Question
  readonly connections: number
}

/** How fast, for how long. */
export interface Pace {
  readonly perSecond: number
  /** Before that count: what a server does after a pause is another question than how it goes on. */
  readonly leadSeconds: number
  readonly seconds: number
}

/** Times in ms, one for each request that counts, in the order in which they were to be sent. */
export interface Paced {
  /**
   * From the instant at which it was to be sent to the end of its answer: a server that holds up the
   * requests behind a slow one is charged for their waiting (coordinated omission).
   */
  readonly fromIntendedMs: readonly number[]
  /** From that instant until it was sent: on a free connection, what the driver itself was late. */
  readonly lateMs: readonly number[]
}

/** A driver whose connections stay open: what a new one costs is not what is asked for. */
export interface OpenLoop {
  /**
   * Sends requests at fixed instants, whatever becomes of those before them. Throws on an answer that is not a 200,
   * and where a connection is closed.
   */
  drive(pace: Pace, place: Place | undefined): Promise<Paced>
  close(): void
}

/**
 * Opens all connections, and asks once on each; the same before each drive, since a server closes those on which nothing
 * comes, and most are only needed when it is late.
 */
export async function openLoop({ url, question, connections }: Asked): Promise<OpenLoop> {
  const bytes = Buffer.from(toBytes(question, new URL(url).host))
  const all = await Promise.all(Array.from({ length: connections }, () => open(url, bytes)))
  const askOnEach = () =>
    Promise.all(all.map((each) => new Promise((resolve) => each.send(resolve))))
  const closed = Promise.race(all.map((each) => each.closed))
  let isClosed = false
  closed.catch(() => {
    isClosed = true
  })
  await Promise.race([askOnEach(), closed])
  return {
    async drive(pace, place) {
      await Promise.race([askOnEach(), closed])
      return Promise.race([withPriority(place, () => drive(pace, all, () => isClosed)), closed])
    },
    close() {
      for (const connection of all) connection.close()
    },
  }
}

interface Connection {
  /** The how manieth request of all it sent last. */
  request: number
  send(onEnd: (connection: Connection) => void): void
  /** Never settles but with an error, when the connection is closed. */
  readonly closed: Promise<never>
  close(): void
}

/** Every figure has its place before the first request is sent: a driver that makes garbage is late where it is collected. */
function drive(
  pace: Pace,
  connections: readonly Connection[],
  isClosed: () => boolean,
): Promise<Paced> {
  const { perSecond, leadSeconds, seconds } = pace
  const count = Math.floor(perSecond * (leadSeconds + seconds))
  const free = [...connections]
  const fromIntendedMs = new Float64Array(count)
  const lateMs = new Float64Array(count)
  const startedAt = performance.now()
  let sent = 0
  let ended = 0
  const sinceIntended = (request: number): number =>
    performance.now() - startedAt - (request * 1_000) / perSecond
  const take = (connection: Connection): void => {
    fromIntendedMs[connection.request] = sinceIntended(connection.request)
    ended += 1
    free.push(connection)
  }
  const sendDue = (): void => {
    while (sent < count && sinceIntended(sent) >= 0) {
      const connection = free.pop()
      if (connection === undefined) return
      connection.request = sent
      lateMs[sent] = sinceIntended(sent)
      sent += 1
      connection.send(take)
    }
  }
  const toCounting = (times: Float64Array) => [
    ...times.subarray(Math.ceil(perSecond * leadSeconds)),
  ]
  return new Promise((resolve) => {
    const turn = (): void => {
      sendDue()
      if (isClosed()) return
      if (ended < count) setImmediate(turn)
      else resolve({ fromIntendedMs: toCounting(fromIntendedMs), lateMs: toCounting(lateMs) })
    }
    turn()
  })
}

async function open(url: string, bytes: Buffer): Promise<Connection> {
  let onEnd: (connection: Connection) => void = () => undefined
  const end = createAnswerEnd(() => onEnd(connection))
  const socket = await openSocket(url, (wire) => end.push(wire))
  const closed = new Promise<never>((_, reject) => {
    socket.on('close', () => reject(new Error(`${url}: a connection was closed`)))
  })
  const connection: Connection = {
    request: 0,
    closed,
    send(done) {
      onEnd = done
      socket.write(bytes)
    },
    close: () => void socket.destroy(),
  }
  return connection
}

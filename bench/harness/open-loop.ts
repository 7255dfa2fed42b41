import { connect, type Socket } from 'node:net'
import { createAnswerEnd } from './answer-end.ts'
import { type Place, withPriority } from './cores.ts'
import { readInstantMs } from './instant.ts'
import type { Question } from './load.ts'
import { toBytes } from './wire-client.ts'

/** How fast, for how long; the connections are as many as may have to wait at once. */
export interface Pace {
  readonly url: string
  readonly question: Question
  readonly perSecond: number
  readonly seconds: number
  readonly connections: number
}

/** Times in ms, one for each request. */
export interface Paced {
  /**
   * From the instant at which it was to be sent to the end of its answer: a server that holds up the
   * requests behind a slow one is charged for their waiting (coordinated omission).
   */
  readonly fromIntendedMs: readonly number[]
  /** From that instant until it was sent: on a free connection, what the driver itself was late. */
  readonly lateMs: readonly number[]
}

/** Sends requests at fixed instants, whatever becomes of those before them. Throws on an answer that is not a 200. */
export async function drivePaced(pace: Pace, place: Place | undefined): Promise<Paced> {
  const bytes = Buffer.from(toBytes(pace.question, new URL(pace.url).host))
  const connections = await Promise.all(
    Array.from({ length: pace.connections }, () => open(pace.url, bytes)),
  )
  try {
    // What a new connection costs is not what is asked for.
    await Promise.all(connections.map((each) => new Promise<void>((resolve) => each.send(resolve))))
    return await withPriority(place, () => run(pace, connections))
  } finally {
    for (const connection of connections) connection.close()
  }
}

interface Connection {
  /** Settles when the answer is whole. */
  send(onEnd: () => void): void
  close(): void
}

function run({ perSecond, seconds }: Pace, connections: readonly Connection[]): Promise<Paced> {
  const count = Math.floor(perSecond * seconds)
  const free = [...connections]
  const fromIntendedMs: number[] = []
  const lateMs: number[] = []
  const startedAt = readInstantMs()
  let sent = 0
  const sendDue = (): void => {
    const due = Math.min(count, Math.floor(((readInstantMs() - startedAt) * perSecond) / 1_000))
    while (sent < due) {
      const connection = free.pop()
      if (connection === undefined) return
      const intendedAt = startedAt + (sent * 1_000) / perSecond
      sent += 1
      lateMs.push(readInstantMs() - intendedAt)
      connection.send(() => {
        fromIntendedMs.push(readInstantMs() - intendedAt)
        free.push(connection)
      })
    }
  }
  return new Promise((resolve) => {
    const turn = (): void => {
      sendDue()
      if (fromIntendedMs.length === count) resolve({ fromIntendedMs, lateMs })
      else setImmediate(turn)
    }
    turn()
  })
}

async function open(url: string, bytes: Buffer): Promise<Connection> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let onEnd: () => void = () => undefined
  const end = createAnswerEnd(() => onEnd())
  socket.on('data', (piece: Buffer) => end.push(piece))
  return {
    send(done) {
      onEnd = done
      socket.write(bytes)
    },
    close: () => socket.destroy(),
  }
}

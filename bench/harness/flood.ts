import { pass } from './instant.ts'
import { AT_ONCE } from './script.ts'
import { toScripted } from './stage.ts'
import { openClient, type WireClient } from './wire-client.ts'

/** More than can be served. */
export interface Flood {
  start(): void
  /** Everybody who still waits leaves. */
  stop(): Promise<void>
  report(): string
}

/** How fast, and how long the origin thinks about each. */
export interface FloodPace {
  readonly perSecond: number
  readonly thinkMs: number
}

/** Asks for something new at a steady pace, whatever becomes of it, over connections that are kept. */
export function createFlood(url: string, pace: FloodPace): Flood {
  const free: WireClient[] = []
  const busy = new Set<WireClient>()
  const counts = { served: 0, refused: 0, left: 0 }
  let timer: NodeJS.Timeout | undefined
  let asked = 0

  async function askOne(): Promise<void> {
    asked += 1
    const client = free.pop() ?? (await openClient(url))
    busy.add(client)
    const script = { ...AT_ONCE, thinkMs: pace.thinkMs, tag: `new ${asked}` }
    const coming = client.ask(toScripted(script))
    await coming.over
    if (!busy.delete(client)) counts.left += 1
    else {
      counts[coming.status === 503 ? 'refused' : 'served'] += 1
      free.push(client)
    }
  }

  return {
    start() {
      timer = setInterval(() => void askOne(), 1_000 / pace.perSecond)
    },
    async stop() {
      clearInterval(timer)
      const waiting = [...busy]
      busy.clear()
      for (const client of [...waiting, ...free.splice(0)]) client.leave()
      await pass(0)
    },
    report: () => `${counts.served} served, ${counts.refused} refused, ${counts.left} left`,
  }
}

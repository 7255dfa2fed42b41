import { pass, readInstantMs } from './instant.ts'
import { forgetPeak, readResident } from './memory.ts'
import { type Script, toFrames, toWhole } from './script.ts'
import { type Stage, toScripted } from './stage.ts'
import { type Coming, openClients } from './wire-client.ts'

/** Everybody asks for frames, or every second one for the whole answer. */
export type Mix = 'streams' | 'mixed'

/** So many ask for one script at once. */
export interface Round {
  readonly mix: Mix
  readonly count: number
  readonly script: Script
}

/** What came of it. */
export interface BurstSeen {
  readonly comings: readonly Coming[]
  readonly runs: number
  /** From the first request to the last client's last byte, in ms. */
  readonly tookMs: number
  /** From the origin's last byte to the last client's, in ms. */
  readonly afterOriginMs: number
  /** Processor time of the server meanwhile. */
  readonly cpuSeconds: number
  /** Before anybody came, with all connections open, and at most since then. */
  readonly residentMib: { readonly before: number; readonly open: number; readonly peak: number }
}

/** What a collection of garbage or a closing connection may take, in ms. */
const SETTLE_MS = 500

/** Opens all connections, and asks on all of them in one turn. */
export async function runBurst(stage: Stage, { mix, count, script }: Round): Promise<BurstSeen> {
  const { pid } = stage.reprise
  const before = readResident(pid).nowMib
  const clients = await openClients(stage.reprise.url, count)
  await pass(SETTLE_MS)
  const open = readResident(pid).nowMib
  forgetPeak(pid)
  const cpuBefore = stage.reprise.cpuSeconds() ?? Number.NaN
  const startedAt = readInstantMs()
  const answers = { stream: Buffer.concat(toFrames(script)), whole: toWhole(script) }
  const comings = clients.map((client, index) => {
    const shape = mix === 'mixed' && index % 2 === 1 ? 'whole' : 'stream'
    return client.ask(toScripted(script, shape), { expected: answers[shape] })
  })
  await Promise.all(comings.map(({ over }) => over))
  const tookMs = readInstantMs() - startedAt
  const cpuSeconds = (stage.reprise.cpuSeconds() ?? Number.NaN) - cpuBefore
  const { peakMib: peak } = readResident(pid)
  for (const client of clients) client.leave()
  const runs = (await stage.readLog()).runs.filter(({ tag }) => tag === script.tag)
  await pass(SETTLE_MS)
  const lastEndAt = Math.max(...comings.map(({ endAt = Number.NaN }) => endAt))
  return {
    comings,
    runs: runs.length,
    tookMs,
    afterOriginMs: lastEndAt - (runs[0]?.endedAt ?? Number.NaN),
    cpuSeconds,
    residentMib: { before, open, peak },
  }
}

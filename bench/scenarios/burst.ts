import type { Figure, FigureScenario } from '../harness/figure.ts'
import { pass, readInstantMs } from '../harness/instant.ts'
import { forgetPeak, readResident } from '../harness/memory.ts'
import { type Script, toFrames, toWhole } from '../harness/script.ts'
import { openStage, type Stage, toScripted } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { type Coming, openClients } from '../harness/wire-client.ts'

/** Answers of 1 MiB in 3 s. */
const SCRIPT: Omit<Script, 'tag'> = {
  frames: 1_024,
  frameBytes: 1_024,
  paceMs: 3_000 / 1_024,
  thinkMs: 50,
  hold: 'none',
}

/** Everybody asks for frames, or every second one for the whole answer. */
type Mix = 'streams' | 'mixed'

/** Everybody asks the same at once. */
export const BURST: FigureScenario = {
  title: 'flights: burst, 1 000 clients with one question, 1 MiB in 3 s',
  standsFor: 'a test suite or a batch job that starts all its workers with the same first prompt',
  async measure(bench) {
    const stage = await openStage(bench)
    try {
      const count = bench.effort === 'full' ? 1_000 : 100
      const figures: Figure[] = []
      // The second of each kind finds a process whose heap has grown already.
      const rounds: Mix[] = bench.effort === 'full' ? ['streams', 'mixed', 'streams'] : ['streams']
      for (const [index, mix] of rounds.entries()) {
        figures.push(...(await measureRound(stage, { mix, count, tag: `burst ${index + 1}` })))
      }
      return figures
    } finally {
      await stage.close()
    }
  },
}

interface Round {
  readonly mix: Mix
  readonly count: number
  readonly tag: string
}

async function measureRound(stage: Stage, { mix, count, tag }: Round): Promise<Figure[]> {
  const { pid } = stage.reprise
  const script = { ...SCRIPT, tag }
  const stream = Buffer.concat(toFrames(script))
  const whole = toWhole(script)
  const before = readResident(pid).nowMib
  const clients = await openClients(stage.reprise.url, count)
  await pass(SETTLE_MS)
  const open = readResident(pid).nowMib
  forgetPeak(pid)
  const cpuBefore = stage.reprise.cpuSeconds() ?? Number.NaN
  const startedAt = readInstantMs()
  const comings = clients.map((client, index) => {
    const isWhole = mix === 'mixed' && index % 2 === 1
    const question = toScripted(script, isWhole ? 'whole' : 'stream')
    return client.ask(question, { expected: isWhole ? whole : stream })
  })
  await Promise.all(comings.map(({ over }) => over))
  const tookMs = readInstantMs() - startedAt
  const cpuSeconds = (stage.reprise.cpuSeconds() ?? Number.NaN) - cpuBefore
  const peak = readResident(pid).peakMib
  for (const client of clients) client.leave()
  const { runs } = await stage.readLog()
  await pass(SETTLE_MS)
  const name = (what: string): string => `${tag}, ${mix}: ${what}`
  return [
    {
      name: name('runs of the origin'),
      measured: runs.filter((run) => run.tag === tag).length,
      unit: 'runs',
      goal: { kind: 'exactly', value: 1 },
    },
    {
      name: name('clients whose bytes are the origin’s'),
      measured: comings.filter(({ isEqual, status }) => isEqual && status === 200).length,
      unit: 'clients',
      goal: { kind: 'exactly', value: count },
      detail: toDetail(comings),
    },
    {
      name: name('memory at its peak, above that before anybody came'),
      measured: peak - before,
      unit: 'MiB',
      goal: { kind: 'below', value: 64 },
      detail: `${before.toFixed(0)} before, ${open.toFixed(0)} with ${count} open connections, peak ${peak.toFixed(0)}`,
    },
    {
      name: name('until everybody had everything'),
      measured: tookMs,
      unit: 'ms',
      detail: `origin 3 050 ms; processor of the server ${(cpuSeconds * 1_000).toFixed(0)} ms`,
    },
  ]
}

/** What a collection of garbage or a closing connection may take, in ms. */
const SETTLE_MS = 500

function toDetail(comings: readonly Coming[]): string {
  const first = comings.map(({ firstByteAt = Number.NaN, sentAt }) => firstByteAt - sentAt)
  return `first byte after ${quantile(first, 0.5).toFixed(0)} ms in the middle, ${quantile(first, 1).toFixed(0)} ms at most`
}

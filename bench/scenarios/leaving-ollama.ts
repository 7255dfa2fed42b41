import { atMost, type Figure, type FigureScenario } from '../harness/figure.ts'
import { pass } from '../harness/instant.ts'
import { leave, readFirstFrame, restore, startLong } from '../harness/real-ollama.ts'
import { startReprise } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'

/** Where a real Ollama with the model `tiny-long` answers; undefined: the scenario has nothing to say. */
const OLLAMA = process.env.REPRISE_TEST_OLLAMA

/** What a real Ollama does when the only client leaves: it has one slot for each model, unless told otherwise. */
export const LEAVING_OLLAMA: FigureScenario = {
  title: 'flights: leaving a real Ollama, first frame of the next request',
  standsFor: 'somebody who presses stop and asks something else',
  async measure(bench) {
    if (OLLAMA === undefined) return []
    // A parameter that only one of two requests carries would make Ollama load the model anew between them.
    const settings = { inject: { numThread: { mode: 'off' } } }
    const reprise = await startReprise(bench, OLLAMA, settings)
    const { url } = reprise.server
    try {
      await restore(OLLAMA)
      const seen = { idle: [], busy: [], direct: [], streaming: [], waiting: [] } satisfies Seen
      for (let turn = 0; turn < (bench.effort === 'quick' ? 2 : 10); turn += 1) {
        await note(seen.idle, OLLAMA, async () => undefined)
        await note(seen.busy, OLLAMA, () => startLong(OLLAMA))
        await note(seen.direct, OLLAMA, () => leave(OLLAMA, 'streaming'))
        await note(seen.streaming, OLLAMA, () => leave(url, 'streaming'))
        await note(seen.waiting, OLLAMA, () => leave(url, 'awaiting the first frame'))
      }
      return toFigures(seen)
    } finally {
      await reprise.close()
    }
  },
}

/** Times to the first frame of a short request, in ms; undefined where there was none in {@link LIMIT_MS}. */
type Times = (number | undefined)[]

interface Seen {
  readonly idle: Times
  /** While another one runs that nobody stops. */
  readonly busy: Times
  /** After a client of Ollama itself has left. */
  readonly direct: Times
  readonly streaming: Times
  readonly waiting: Times
}

function toFigures({ idle, busy, direct, streaming, waiting }: Seen): Figure[] {
  const idleMs = toMedian(idle)
  const toLater = (phase: string, times: Times): Figure => ({
    ...toLine(`${phase}, later than on an idle one, median`, times),
    measured: toMedian(times) - idleMs,
    goal: atMost(100),
  })
  return [
    toLater('streaming', streaming),
    toLater('awaiting the first frame', waiting),
    toLine('idle, p50', idle),
    toLine('streaming without Reprise between, p50', direct),
    toLine('while another one runs that nobody stops, p50', busy),
  ]
}

function toLine(name: string, times: Times): Figure {
  const served = times.filter((ms) => ms !== undefined)
  const lost = times.length - served.length
  const longest = `longest ${Math.max(...served).toFixed(1)}, ${times.length} times`
  // An Ollama that loses its slot when a client leaves does so without Reprise as well.
  const detail = lost === 0 ? longest : `${longest}, of which Ollama gave none in 5 s: ${lost}`
  return { name, measured: toMedian(times), unit: 'ms', detail }
}

function toMedian(times: Times): number {
  const served = times.filter((ms) => ms !== undefined)
  return quantile(served, 0.5)
}

/** Lets something happen, and asks Ollama directly, so that nothing but its slot decides. */
async function note(
  times: Times,
  ollama: string,
  prepare: () => Promise<(() => void) | undefined>,
): Promise<void> {
  const undo = await prepare()
  const ms = await readFirstFrame(ollama)
  undo?.()
  times.push(ms)
  if (ms === undefined) await restore(ollama)
  await pass(BETWEEN_MS)
}

const BETWEEN_MS = 300

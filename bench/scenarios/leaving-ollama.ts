import type { Figure, FigureScenario } from '../harness/figure.ts'
import { pass } from '../harness/instant.ts'
import type { Question } from '../harness/load.ts'
import { startReprise } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { openClient } from '../harness/wire-client.ts'

/** Where a real Ollama with the models `tiny` and `tiny-long` answers; undefined: the scenario has nothing to say. */
const OLLAMA = process.env.REPRISE_TEST_OLLAMA

/** What a real Ollama does when the only client leaves: it has one slot for each model, unless told otherwise. */
export const LEAVING_OLLAMA: FigureScenario = {
  title: 'flights: leaving a real Ollama, first frame of the next request',
  standsFor: 'somebody who presses stop and asks something else',
  async measure(bench) {
    if (OLLAMA === undefined) return []
    const times = bench.effort === 'full' ? 10 : 2
    // A parameter that only one of two requests carries would make Ollama load the model anew between them.
    const reprise = await startReprise(bench, OLLAMA, { inject: { numThread: { mode: 'off' } } })
    const { url } = reprise.server
    try {
      await readFirstFrame(OLLAMA)
      const idle: number[] = []
      const busy: number[] = []
      const direct: number[] = []
      const after: Record<Phase, number[]> = { streaming: [], 'awaiting the first frame': [] }
      for (let turn = 0; turn < times; turn += 1) {
        idle.push(await readFirstFrame(OLLAMA))
        busy.push(await readWhileBusy(OLLAMA))
        direct.push(await readAfterLeaving(OLLAMA, 'streaming'))
        for (const phase of PHASES) after[phase].push(await readAfterLeaving(url, phase))
      }
      return [
        ...PHASES.map((phase) => toFigure(phase, after[phase], idle)),
        ...toBeside({ idle, direct, busy }),
      ]
    } finally {
      await reprise.close()
    }
  },
}

type Phase = 'streaming' | 'awaiting the first frame'

const PHASES: readonly Phase[] = ['streaming', 'awaiting the first frame']

function toFigure(phase: string, ms: readonly number[], idle: readonly number[]): Figure {
  return {
    name: `${phase}, later than on an idle one, median`,
    measured: quantile(ms, 0.5) - quantile(idle, 0.5),
    unit: 'ms',
    goal: { kind: 'at-most', value: 100 },
    detail: `p50 ${quantile(ms, 0.5).toFixed(1)}, longest ${Math.max(...ms).toFixed(1)}, ${ms.length} times`,
  }
}

/** What explains the others, in ms. */
interface Beside {
  readonly idle: readonly number[]
  /** Without Reprise: what Ollama itself needs until its slot is free. */
  readonly direct: readonly number[]
  readonly busy: readonly number[]
}

function toBeside({ idle, direct, busy }: Beside): Figure[] {
  const toLine = (name: string, ms: readonly number[]): Figure => ({
    name,
    measured: quantile(ms, 0.5),
    unit: 'ms',
    detail: `longest ${Math.max(...ms).toFixed(1)}, ${ms.length} times`,
  })
  return [
    toLine('idle, p50', idle),
    toLine('streaming without Reprise between, p50', direct),
    toLine('while another one runs that nobody stops, p50', busy),
  ]
}

let asked = 0

function toQuestion(tokens: number): Question {
  asked += 1
  const prompt = `Question ${process.pid} ${asked}`
  const options = { temperature: 0, num_predict: tokens }
  const body = JSON.stringify({ model: 'tiny-long', prompt, stream: true, options })
  return { method: 'POST', path: '/api/generate', body }
}

/** Far more than is waited for. */
const LONG_TOKENS = 2_000

/** Directly, so that nothing but the slot decides. */
async function readFirstFrame(url: string): Promise<number> {
  const client = await openClient(url)
  const coming = client.ask(toQuestion(1))
  await coming.begun
  await coming.over
  client.leave()
  const { firstByteAt = Number.NaN, sentAt, status } = coming
  if (status !== 200) throw new Error(`${url}: ${status}`)
  return firstByteAt - sentAt
}

async function readWhileBusy(url: string): Promise<number> {
  const client = await openClient(url)
  const coming = client.ask(toQuestion(LONG_TOKENS))
  await coming.begun
  const ms = await readFirstFrame(url)
  client.leave()
  await pass(BETWEEN_MS)
  return ms
}

async function readAfterLeaving(url: string, phase: Phase): Promise<number> {
  const client = await openClient(url)
  const other = await openClient(url)
  const first = client.ask(toQuestion(LONG_TOKENS))
  await first.begun
  if (phase === 'awaiting the first frame') {
    // It waits for the slot of the first one, inside Ollama.
    other.ask(toQuestion(LONG_TOKENS))
    await pass(IN_PHASE_MS)
  }
  other.leave()
  client.leave()
  const ms = await readFirstFrame(OLLAMA ?? '')
  await pass(BETWEEN_MS)
  return ms
}

const IN_PHASE_MS = 50
const BETWEEN_MS = 200

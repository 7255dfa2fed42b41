import { setTimeout } from 'node:timers/promises'
import type { Bench, Figure, FigureScenario } from '../harness/figure.ts'
import { startChild, startReprise } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { openClient, type WireClient } from '../harness/wire-client.ts'

const KNOWN = 900
const NEW = 100

/** What 900 known texts may add to the time of the 100 new ones. */
const GOAL = { kind: 'at-most', value: 5 } as const

/** A batch of 1,000 texts of which 900 are known, against its 100 new ones alone. */
export const EMBEDDING_BATCH: FigureScenario = {
  title: 'embeddings: 1,000 texts of which 900 are known',
  standsFor: 'the index of a folder of notes that is brought up to date after some of them changed',
  async measure(bench) {
    const warm = await measureTier(bench, 'memory', 64 * 1024 ** 2)
    return [...warm, ...(await measureTier(bench, 'disk', 0))]
  },
}

async function measureTier(bench: Bench, tier: string, bytes: number): Promise<Figure[]> {
  const origin = await startChild(bench, 'embedding-origin')
  const settings = { cache: { memoryMaxBytes: bytes } }
  const { server, close } = await startReprise(bench, origin.url, settings)
  const clients = { through: await openClient(server.url), direct: await openClient(origin.url) }
  try {
    await ask(clients.through, toTexts('known', KNOWN))
    const rounds = await measureRounds(clients, bench.effort === 'full' ? 60 : 15)
    const calls = (await (await fetch(`${origin.url}/bench/calls`)).json()) as number[]
    return toFigures(tier, rounds, calls.slice(-3 * rounds.length))
  } finally {
    clients.through.leave()
    clients.direct.leave()
    await close()
    await origin.stop()
  }
}

/** Times of one round, in ms. */
type Round = Readonly<Record<'batch' | 'alone' | 'direct', number>>

/**
 * New texts within the batch, others alone, and others from the origin itself, in turn. Each is asked of a server
 * at rest: what the one before left to be written would be added to the next, most often to the 100 alone.
 */
async function measureRounds(
  { through, direct }: Readonly<Record<'through' | 'direct', WireClient>>,
  count: number,
): Promise<Round[]> {
  const rounds: Round[] = []
  for (let round = -WARM_UP; round < count; round += 1) {
    const texts = toTexts(`in a batch ${round}`, NEW)
    const measured = {
      batch: await ask(through, [...toTexts('known', KNOWN), ...texts]),
      alone: await ask(through, toTexts(`alone ${round}`, NEW)),
      direct: await ask(direct, texts),
    }
    if (round >= 0) rounds.push(measured)
  }
  return rounds
}

/** To write 100 vectors down takes 20 ms. */
const REST_MS = 60

/** What is compiled in the first rounds is not what is measured. */
const WARM_UP = 10

function toTexts(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${name}: the note number ${at} of the folder`)
}

/** The time from the first byte sent to the last one received, in ms. */
async function ask(client: WireClient, input: readonly string[]): Promise<number> {
  const body = JSON.stringify({ model: 'bench:embed', input })
  await setTimeout(REST_MS)
  const coming = client.ask({ method: 'POST', path: '/api/embed', body })
  await coming.over
  if (coming.status !== 200) throw new Error(`${coming.status} ${coming.headers}`)
  return (coming.endAt ?? Number.NaN) - coming.sentAt
}

function toFigures(tier: string, rounds: readonly Round[], calls: readonly number[]): Figure[] {
  const toFigure = (name: string, added: readonly number[]): Figure => {
    const [low, measured = Number.NaN, high] = [0.25, 0.5, 0.75].map((at) => quantile(added, at))
    const detail = `median of ${added.length}, quartiles ${low?.toFixed(2)}–${high?.toFixed(2)}`
    return { name: `${name}, known in ${tier}`, measured, unit: 'ms', detail }
  }
  const added = toFigure(
    'added to the 100 alone',
    rounds.map(({ batch, alone }) => batch - alone),
  )
  const others = calls.filter((texts) => texts !== NEW).length
  return [
    // What is read from disk is inflated while the origin has not been asked yet.
    tier === 'memory' ? { ...added, goal: GOAL } : added,
    toFigure(
      'added to the 100 from the origin itself',
      rounds.map(({ batch, direct }) => batch - direct),
    ),
    { name: 'calls of more or fewer texts', measured: others, unit: 'runs', goal: NO_CALL },
  ]
}

const NO_CALL = { kind: 'exactly', value: 0 } as const

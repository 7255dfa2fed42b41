import { ask, askAll } from '../harness/ask-in-turn.ts'
import { atMost, exactly, type Figure, type FigureScenario } from '../harness/figure.ts'
import { pass, waitUntil } from '../harness/instant.ts'
import type { Question } from '../harness/load.ts'
import { measureRecovery } from '../harness/recovery.ts'
import { AT_ONCE } from '../harness/script.ts'
import { openStage, toScripted } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { type Coming, openClient, type WireClient } from '../harness/wire-client.ts'

const KNOWN = 200

/** The origin is stopped, and started again. */
export const OUTAGE: FigureScenario = {
  title: 'flights: outage, the origin is stopped and comes back',
  standsFor: 'an update of Ollama in the middle of the day',
  async measure(bench) {
    // Lifetimes go by the route: what was asked at /api/generate is past its own when it is asked again.
    const settings = { ttl: { routes: { '/api/generate': '1s' } } }
    const stage = await openStage(bench, { settings })
    const client = await openClient(stage.reprise.url)
    try {
      for (const question of EXPIRING) await ask(client, question)
      await pass(EXPIRED_AFTER_MS)
      for (const question of FRESH) await ask(client, question)
      await stage.origin.stop()
      await trip(client)
      const known = await askAll(client, [...FRESH, ...EXPIRING])
      const unknown = await askAll(
        client,
        Array.from({ length: 500 }, () => toUnknown()),
      )
      return [...toFigures(known, unknown), ...(await measureRecovery(stage, client, toUnknown))]
    } finally {
      client.leave()
      await stage.close()
    }
  },
}

const toKnown = (index: number, path: string): Question => {
  const question = toScripted({ ...AT_ONCE, tag: `known ${index}` })
  if (path === '/api/generate') return question
  const { model, prompt, options } = JSON.parse(question.body ?? '') as Record<string, unknown>
  const messages = [{ role: 'user', content: prompt }]
  return { ...question, path, body: JSON.stringify({ model, messages, options }) }
}

const toKnownList = (path: string): Question[] =>
  Array.from({ length: KNOWN / 2 }, (_, index) => toKnown(index, path))

const EXPIRING = toKnownList('/api/generate')
const FRESH = toKnownList('/api/chat')
/** Past a lifetime of a second and its jitter, in ms. */
const EXPIRED_AFTER_MS = 1_300

let unknownAsked = 0

function toUnknown(): Question {
  unknownAsked += 1
  return toScripted({ ...AT_ONCE, tag: `unknown ${unknownAsked}` })
}

/** Asks for what nobody knows until it is refused without being tried. */
async function trip(client: WireClient): Promise<void> {
  await waitUntil(async () => (await ask(client, toUnknown())).status === 503)
}

function toFigures(known: readonly Coming[], unknown: readonly Coming[]): Figure[] {
  const isFrom = (word: string) => (coming: Coming) =>
    coming.status === 200 && coming.headers.includes(`X-Cache: ${word}`)
  const ms = unknown.map(({ sentAt, endAt = Number.NaN }) => endAt - sentAt)
  return [
    {
      name: `known answers given, of ${KNOWN}`,
      measured: known.filter(({ status }) => status === 200).length,
      unit: 'clients',
      goal: exactly(KNOWN),
      detail: `${known.filter(isFrom('HIT')).length} fresh, ${known.filter(isFrom('STALE')).length} stale`,
    },
    {
      name: 'unknown ones refused, of 500',
      measured: unknown.filter(({ status }) => status === 503).length,
      unit: 'clients',
      goal: exactly(500),
      detail: `with Retry-After: ${unknown.filter(({ headers }) => /retry-after/i.test(headers)).length}`,
    },
    {
      name: 'time to the refusal, p99',
      measured: quantile(ms, 0.99),
      unit: 'ms',
      goal: atMost(10),
      detail: `p50 ${quantile(ms, 0.5).toFixed(2)}, longest ${Math.max(...ms).toFixed(2)}`,
    },
  ]
}

import type { Config } from '../config/config.ts'
import { type Finding, fault, fine, warn } from './finding.ts'
import type { OriginFacts, Probes } from './probes.ts'
import { toSpan } from './stats-view.ts'

/** Between machines that keep their time this much is nothing, in seconds. */
const SKEW_SECONDS = 60
/** From here on nothing is removed by age until the clocks agree, in seconds: 7 days. */
const DOUBT_SECONDS = 7 * 24 * 3600

/** Whether the origin answers, has models with digests, and agrees on the time. `now` is wall time in ms. */
export async function checkOrigin(
  config: Config,
  { readOrigin }: Pick<Probes, 'readOrigin'>,
  now: () => number,
): Promise<Finding[]> {
  const where = config.upstream.origin
  if (config.mode === 'offline') return [fine('upstream', 'not asked: mode is offline')]
  let facts: OriginFacts
  try {
    facts = await readOrigin(config)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const advice = 'start Ollama, or name its address with --upstream or REPRISE_UPSTREAM'
    return [fault('upstream', `no Ollama answers at ${where} (${why})`, advice)]
  }
  const { version, models } = facts
  return [
    fine('upstream', `Ollama ${version} at ${where}`),
    checkModels(models),
    checkClock(facts.originNow - now()),
  ]
}

function checkModels(models: OriginFacts['models']): Finding {
  if (models.length === 0) {
    return warn('models', 'Ollama has no models', 'get one with "ollama pull"')
  }
  const isDigest = ({ digest }: { digest: string }) => /^[0-9a-f]{64}$/.test(digest)
  const strange = models.filter((model) => !isDigest(model)).map(({ name }) => name)
  const says = `${models.length} models, every digest readable`
  if (strange.length === 0) return fine('models', says)
  return fault(
    'models',
    `the digests of ${strange.join(', ')} cannot be read`,
    'their answers are not kept; pull them again',
  )
}

function checkClock(skewMs: number): Finding {
  const seconds = Math.abs(skewMs) / 1000
  const says = `the clocks of this machine and Ollama’s are ${toSpan(seconds)} apart`
  if (seconds < SKEW_SECONDS) return fine('clock', says)
  const advice = 'set both by NTP'
  if (seconds < DOUBT_SECONDS) return warn('clock', says, advice)
  return fault('clock', `${says}: nothing is removed by age`, advice)
}

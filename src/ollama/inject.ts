import type { Document } from './document.ts'
import type { Endpoint } from './endpoints.ts'
import { type Addition, setMembers } from './members.ts'
import {
  decideKeepAlive,
  decideNumPredict,
  decideNumThread,
  decideTemperature,
  type ParameterRule,
} from './parameters.ts'

/** The parameters Reprise puts into requests (product.md). */
export interface InjectionRules {
  readonly numThread: ParameterRule<number>
  readonly keepAlive: ParameterRule<string | number>
  /** Under `fill` an upper bound of `num_predict`. */
  readonly maxTokens: ParameterRule<number>
  /** `null`: no temperature to give. */
  readonly temperature: ParameterRule<number | null>
}

/** A document after injection. */
export interface Injection {
  readonly document: Document
  /** What was put in, as `num_thread=6`: the words of `X-Reprise-Injected`, in its order. */
  readonly applied: readonly string[]
  /** The `num_predict` that was put in or lowered; undefined where the client's own stands. */
  readonly cap: number | undefined
}

/**
 * Puts the parameters into a request by splicing its bytes: every other byte stays as it was sent.
 * A request that Ollama refuses, that only unloads or that leaves the machine is not touched, and one
 * that only loads gets what concerns the loading (decisions.md, Injection): `injected` says which it is.
 */
export function inject(
  document: Document,
  injected: Endpoint['injected'],
  rules: InjectionRules,
): Injection {
  if (injected === 'none') return { document, applied: [], cap: undefined }
  const isRun = injected === 'all'
  const numThread = decideNumThread(document, rules.numThread)
  const keepAlive = decideKeepAlive(document, rules.keepAlive)
  const cap = isRun ? decideNumPredict(document, rules.maxTokens) : undefined
  const temperature = isRun ? decideTemperature(document, rules.temperature) : undefined
  const additions: Additions = { inOptions: [], atTop: [], applied: [] }
  add(additions, additions.inOptions, 'num_thread', numThread)
  add(additions, additions.atTop, 'keep_alive', keepAlive)
  add(additions, additions.inOptions, 'num_predict', cap)
  add(additions, additions.inOptions, 'temperature', temperature)
  const { inOptions, atTop, applied } = additions
  return { document: setMembers(document, inOptions, atTop), applied, cap }
}

interface Additions {
  readonly inOptions: Addition[]
  readonly atTop: Addition[]
  readonly applied: string[]
}

function add(
  { applied }: Additions,
  place: Addition[],
  name: string,
  value: string | number | undefined,
): void {
  if (value === undefined) return
  place.push({ name, json: JSON.stringify(value) })
  applied.push(`${name}=${value}`)
}

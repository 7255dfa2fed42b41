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
import { readPurpose } from './purpose.ts'

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
 * that only loads gets what concerns the loading (decisions.md, Injection).
 */
export function inject(document: Document, endpoint: Endpoint, rules: InjectionRules): Injection {
  const { injected } = readPurpose(document, endpoint)
  if (injected === 'none') return { document, applied: [], cap: undefined }
  const numThread = decideNumThread(document, rules.numThread)
  const keepAlive = decideKeepAlive(document, rules.keepAlive)
  const isRun = injected === 'all'
  const cap = isRun ? decideNumPredict(document, rules.maxTokens) : undefined
  const temperature = isRun ? decideTemperature(document, rules.temperature) : undefined
  const forLoading = toAdditions('num_thread', numThread)
  const forRunning = [
    ...toAdditions('num_predict', cap),
    ...toAdditions('temperature', temperature),
  ]
  return {
    document: setMembers(
      document,
      [...forLoading, ...forRunning],
      toAdditions('keep_alive', keepAlive),
    ),
    applied: [
      ...show('num_thread', numThread),
      ...show('keep_alive', keepAlive),
      ...show('num_predict', cap),
      ...show('temperature', temperature),
    ],
    cap,
  }
}

function toAdditions(name: string, value: string | number | undefined): Addition[] {
  return value === undefined ? [] : [{ name, json: JSON.stringify(value) }]
}

function show(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`]
}

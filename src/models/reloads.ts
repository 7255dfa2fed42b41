import { LRUCache } from 'lru-cache'
import { names, needsReload } from '../ollama/load-options.ts'
import type { ParameterRule } from '../ollama/parameters.ts'

/** One run on the origin, as far as it decides how the model is loaded. */
export interface RunNote {
  /** The bounded name of the model; `none` and `other` stand for several and are not watched. */
  readonly model: string
  /** `compatible`: over /v1, which cannot carry options. */
  readonly dialect: Dialect
  /** What the run asks of the loading, as `readLoadOptions` says it. */
  readonly loadOptions: string
  /** The client's `User-Agent`; empty where it sent none. */
  readonly userAgent: string
}

type Dialect = 'native' | 'compatible'

/** One set of load options and who asks for it. */
export interface LoadSet {
  /** As `num_ctx=4096 num_thread=6`; empty where nothing is asked. */
  readonly loadOptions: string
  /** At most 5, of at most 100 printable characters each. */
  readonly userAgents: readonly string[]
}

/** Two sets of load options of one model that replace each other. */
export interface ReloadReport {
  readonly model: string
  /** The set that came back, and the one it took the place of. */
  readonly sets: readonly [LoadSet, LoadSet]
  /** `yes`: they are asked for natively and over /v1. */
  readonly mixesDialects: 'yes' | 'no'
}

/** What is made of reloads. */
export interface ReloadListener {
  /** A run needs its model loaded otherwise than the run before. */
  onSwitch(model: string): void
  /** Once for each model: a set of options came back after another had taken its place. */
  onAlternation(report: ReloadReport): void
}

/** Watches whether requests make Ollama reload its models. */
export interface ReloadGuard {
  /** Notes a run, in the order in which runs are sent. */
  note(run: RunNote): void
}

/** The least recently used model is forgotten past this number. */
const MAX_MODELS = 256

/** Sets remembered of each model: as many clients may take turns and are still noticed. */
const MAX_SETS = 8

const MAX_USER_AGENTS = 5
const MAX_USER_AGENT_CHARACTERS = 100

interface SeenSet {
  readonly loadOptions: string
  readonly userAgents: Set<string>
  readonly dialects: Set<Dialect>
}

interface SeenModel {
  /** In the order in which they were first asked for. */
  readonly sets: Map<string, SeenSet>
  loaded: SeenSet
  isReported: boolean
}

/**
 * Ollama loads a model anew, for seconds to minutes, where a run asks for other load options than it has
 * (Scheduler.needsReload): clients that take turns with different ones make every request wait for that.
 */
export function createReloadGuard(listener: ReloadListener): ReloadGuard {
  const models = new LRUCache<string, SeenModel>({ max: MAX_MODELS })

  function noteSwitch(seen: SeenModel, run: RunNote): void {
    listener.onSwitch(run.model)
    const before = seen.loaded
    const known = seen.sets.get(run.loadOptions)
    seen.loaded = known ?? addSet(seen.sets, run.loadOptions)
    noteClient(seen.loaded, run)
    if (known === undefined || seen.isReported) return
    seen.isReported = true
    listener.onAlternation(toReport(run.model, [known, before]))
  }

  return {
    note(run) {
      if (run.model === 'none' || run.model === 'other') return
      const seen = models.get(run.model)
      if (seen === undefined) models.set(run.model, createModel(run))
      else if (needsReload(seen.loaded.loadOptions, run.loadOptions)) noteSwitch(seen, run)
      else noteClient(seen.loaded, run)
    },
  }
}

function createModel(run: RunNote): SeenModel {
  const loaded = createSet(run.loadOptions)
  noteClient(loaded, run)
  return { sets: new Map([[loaded.loadOptions, loaded]]), loaded, isReported: false }
}

function createSet(loadOptions: string): SeenSet {
  return { loadOptions, userAgents: new Set(), dialects: new Set() }
}

/** The oldest makes room: before the first report none is ever asked for again. */
function addSet(sets: Map<string, SeenSet>, loadOptions: string): SeenSet {
  const added = createSet(loadOptions)
  sets.set(loadOptions, added)
  const [oldest] = sets.keys()
  if (sets.size > MAX_SETS && oldest !== undefined) sets.delete(oldest)
  return added
}

function noteClient({ userAgents, dialects }: SeenSet, run: RunNote): void {
  dialects.add(run.dialect)
  if (userAgents.size < MAX_USER_AGENTS) userAgents.add(toPrintable(run.userAgent))
}

function toPrintable(userAgent: string): string {
  const cut = userAgent.slice(0, MAX_USER_AGENT_CHARACTERS)
  return cut.replace(/[^ -~]/g, '?') || 'an unnamed client'
}

function toReport(model: string, [one, other]: readonly [SeenSet, SeenSet]): ReloadReport {
  const dialects = new Set([...one.dialects, ...other.dialects])
  return {
    model,
    sets: [toLoadSet(one), toLoadSet(other)],
    mixesDialects: dialects.size > 1 ? 'yes' : 'no',
  }
}

function toLoadSet({ loadOptions, userAgents }: SeenSet): LoadSet {
  return { loadOptions, userAgents: [...userAgents] }
}

/**
 * The report as one sentence for the log. It names the way out where there is one: /v1 cannot carry the
 * `num_thread` that native requests have put in (`inject.numThread.mode`).
 */
export function toReloadWarning(
  { model, sets, mixesDialects }: ReloadReport,
  numThreadMode: ParameterRule<number>['mode'],
): string {
  const [one, other] = sets
  const turns = `model ${model} is asked in turn with ${describe(one)} and with ${describe(other)}: Ollama reloads it at each turn`
  const isByThreads =
    names(one.loadOptions, 'num_thread') !== names(other.loadOptions, 'num_thread')
  if (mixesDialects === 'no' || numThreadMode === 'off' || !isByThreads) return turns
  return `${turns}; /v1 cannot carry the num_thread that Reprise puts in: dialects.translate=true, which sends OpenAI's routes as native ones, or inject.numThread.mode=off prevents that`
}

function describe({ loadOptions, userAgents }: LoadSet): string {
  return `${loadOptions || 'no load options'} (${userAgents.join(', ')})`
}

import type { InjectionRules } from '../ollama/inject.ts'
import type { SamplingRules } from '../ollama/sampling.ts'
import type { Profile } from './injection-settings.ts'
import { type Lifetimes, toLifetimes, toSeconds } from './lifetimes.ts'
import type { SettingKey, Values } from './schema.ts'

/** A host and a port to listen on. */
export interface ListenAddress {
  /** Empty for every address. */
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
}

/** The configuration in force: every value valid and in the unit its name says. */
export interface Config {
  readonly listen: ListenAddress
  readonly upstream: URL
  readonly dataDir: string
  readonly mode: 'serve' | 'observe' | 'offline' | 'off'
  readonly allowRemote: boolean
  /** Processes that answer; 1: this one alone. */
  readonly workers: number
  readonly log: { readonly level: string; readonly format: 'auto' | 'pretty' | 'json' }
  readonly cache: {
    readonly enabled: boolean
    readonly maxBytes: number
    readonly memoryMaxBytes: number
    readonly maxBodyBytes: number
    /** Answers kept for one question that is not pinned. */
    readonly variants: number
  }
  /** Whether requests are written down, prompts included. */
  readonly capture: {
    readonly requests: boolean
    readonly maxBytes: number
  }
  readonly lifetimes: Lifetimes
  readonly embeddings: { readonly maxBatch: number; readonly share: number }
  readonly dialects: { readonly translate: boolean }
  readonly sampling: SamplingRules
  /** Undefined where injection is switched off. */
  readonly injection: InjectionRules | undefined
  /** By name; already merged with the common rules. */
  readonly profiles: ReadonlyMap<string, InjectionRules>
  readonly flight: {
    readonly maxBytes: number
    readonly maxTotalBytes: number
    readonly loadGraceMs: number
    /** Share of its cap from which on an abandoned generation is finished; undefined: never. */
    readonly finishShare: number | undefined
  }
  readonly queue: {
    /** 0 for no limit. */
    readonly concurrency: number
    readonly maxDepth: number
    /** 0 for ever. */
    readonly maxWaitMs: number
    /** 0 where requests are not grouped by their load options. */
    readonly groupTurns: number
  }
  readonly stale: { readonly ifErrorSeconds: number; readonly whileRevalidateSeconds: number }
  /** 0 for no limit. */
  readonly overload: { readonly maxEventLoopDelayMs: number; readonly maxMemoryBytes: number }
  readonly metrics: { readonly enabled: boolean; readonly serverTiming: boolean }
  readonly savings: {
    /** 0 where it is not known. */
    readonly watts: number
    /** 0 where it is not known. */
    readonly pricePerKwh: number
    readonly currency: string
  }
  readonly security: { readonly origins: readonly string[]; readonly hosts: readonly string[] }
  /** The value of each key, as it was written. */
  readonly values: Values
  /** Where the value of each key comes from. */
  readonly sources: Readonly<Record<SettingKey, Source>>
}

/** Where a value comes from. */
export type Source = 'default' | 'file' | 'environment' | 'flag'

/** Makes the configuration of valid values. */
export function toConfig(
  values: Values,
  sources: Readonly<Record<SettingKey, Source>>,
  dataDir: string,
): Config {
  const injection = toInjection(values)
  return {
    listen: toListenAddress(values.listen),
    upstream: new URL(values.upstream),
    dataDir,
    mode: values.mode,
    allowRemote: values.allowRemote,
    workers: values['server.workers'],
    log: { level: values['log.level'], format: values['log.format'] },
    cache: {
      enabled: values['cache.enabled'],
      maxBytes: values['cache.maxBytes'],
      memoryMaxBytes: values['cache.memoryMaxBytes'],
      maxBodyBytes: values['cache.maxBodyBytes'],
      variants: values['cache.variants'],
    },
    capture: {
      requests: values['capture.requests'],
      maxBytes: values['capture.maxBytes'],
    },
    lifetimes: toLifetimes(values),
    embeddings: {
      maxBatch: values['embeddings.maxBatch'],
      share: values['embeddings.share'],
    },
    dialects: { translate: values['dialects.translate'] },
    sampling: {
      maxTemperature: values['sampling.maxTemperature'],
      absent: values['sampling.absent'],
    },
    injection: values['inject.enabled'] ? injection : undefined,
    profiles: toProfiles(values.profiles, injection),
    ...toOriginRules(values),
    metrics: { enabled: values['metrics.enabled'], serverTiming: values['metrics.serverTiming'] },
    savings: {
      watts: values['savings.watts'],
      pricePerKwh: values['savings.pricePerKwh'],
      currency: values['savings.currency'],
    },
    security: { origins: values['security.origins'], hosts: values['security.hosts'] },
    values,
    sources,
  }
}

function toOriginRules(values: Values): Pick<Config, 'flight' | 'queue' | 'stale' | 'overload'> {
  return {
    flight: {
      maxBytes: values['flight.maxBytes'],
      maxTotalBytes: values['flight.maxTotalBytes'],
      loadGraceMs: values['flight.loadGraceMs'],
      finishShare: toShare(values['flight.finishAbandoned']),
    },
    queue: {
      concurrency: values['queue.concurrency'],
      maxDepth: values['queue.maxDepth'],
      maxWaitMs: values['queue.maxWaitMs'],
      groupTurns: values['queue.groupByLoadOptions'] ? values['queue.groupTurns'] : 0,
    },
    stale: {
      ifErrorSeconds: toSeconds(values['stale.ifErrorSeconds']),
      whileRevalidateSeconds: toSeconds(values['stale.whileRevalidateSeconds']),
    },
    overload: {
      maxEventLoopDelayMs: values['overload.maxEventLoopDelayMs'],
      maxMemoryBytes: values['overload.maxMemoryBytes'],
    },
  }
}

/** `true` is half of the cap. */
function toShare(value: boolean | number): number | undefined {
  return typeof value === 'number' ? value : value ? 0.5 : undefined
}

function toInjection(values: Values): InjectionRules {
  return {
    numThread: { mode: values['inject.numThread.mode'], value: values['inject.numThread.value'] },
    keepAlive: { mode: values['inject.keepAlive.mode'], value: values['inject.keepAlive.value'] },
    maxTokens: { mode: values['inject.maxTokens.mode'], value: values['inject.maxTokens.value'] },
    temperature: {
      mode: values['inject.temperature.mode'],
      value: values['inject.temperature.value'],
    },
  }
}

function toProfiles(
  profiles: Readonly<Record<string, Profile>>,
  common: InjectionRules,
): ReadonlyMap<string, InjectionRules> {
  return new Map(Object.entries(profiles).map(([name, profile]) => [name, merge(common, profile)]))
}

/** A profile's value replaces the common one; naming a parameter that is off switches it on. */
function merge(common: InjectionRules, profile: Profile): InjectionRules {
  const rule = <T>(base: { mode: 'fill' | 'force' | 'off'; value: T }, value: T | undefined) =>
    value === undefined
      ? base
      : { mode: base.mode === 'off' ? ('fill' as const) : base.mode, value }
  return {
    numThread: rule(common.numThread, profile.numThread),
    keepAlive: rule(common.keepAlive, profile.keepAlive),
    maxTokens: rule(common.maxTokens, profile.maxTokens),
    temperature: rule(common.temperature, profile.temperature),
  }
}

/** Host and port of `host:port`, `:port` or `[address]:port`. */
export function toListenAddress(text: string): ListenAddress {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

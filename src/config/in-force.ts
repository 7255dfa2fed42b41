import type { Config, Source } from './config.ts'
import { SETTING_KEYS, type SettingKey, toEnvironmentName } from './schema.ts'

/** One setting as it is in force. */
export interface SettingInForce {
  readonly key: SettingKey
  readonly value: unknown
  readonly source: Source
  /** The name by which the environment sets it. */
  readonly environment: string
}

/** Every setting, in the order of the table; what the machine or Ollama's own variables add is in the value. */
export function listInForce(config: Config): SettingInForce[] {
  const resolved: Partial<Record<SettingKey, unknown>> = {
    dataDir: config.dataDir,
    'security.origins': config.security.origins,
  }
  return SETTING_KEYS.map((key) => ({
    key,
    value: resolved[key] ?? config.values[key],
    source: config.sources[key],
    environment: toEnvironmentName(key),
  }))
}

import type { Static } from '../json-schema.ts'
import { CACHE_SETTINGS } from './cache-settings.ts'
import { GENERAL_SETTINGS, SECURITY_SETTINGS } from './general-settings.ts'
import { INJECTION_SETTINGS } from './injection-settings.ts'
import { ORIGIN_SETTINGS } from './origin-settings.ts'
import { SAVINGS_SETTINGS } from './savings-settings.ts'

/** Every key: shape, default, unit and one line of help. A key is here only if it has an effect. */
export const SETTINGS = {
  ...GENERAL_SETTINGS,
  ...CACHE_SETTINGS,
  ...INJECTION_SETTINGS,
  ...ORIGIN_SETTINGS,
  ...SAVINGS_SETTINGS,
  ...SECURITY_SETTINGS,
} as const

/** The name of a key, as `cache.maxBytes`. */
export type SettingKey = keyof typeof SETTINGS

/** The value of each key, as written: valid, and not yet resolved. */
export type Values = { [K in SettingKey]: Static<(typeof SETTINGS)[K]['schema']> }

/** Every key in the order of the table. */
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[]

/** The environment name of a key: `cache.maxBytes` is `REPRISE_CACHE_MAX_BYTES`. */
export function toEnvironmentName(key: SettingKey): string {
  const words = key.replace(/[A-Z]/g, (letter) => `_${letter}`).replaceAll('.', '_')
  return `REPRISE_${words.toUpperCase()}`
}

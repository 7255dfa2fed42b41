import { readFileSync } from 'node:fs'
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { RepriseError } from '../errors.ts'
import { Check } from '../json-schema.ts'
import { type Config, type Source, toConfig } from './config.ts'
import { readDataDir } from './data-dir.ts'
import { type Fault, findClashes, show } from './faults.ts'
import {
  SETTING_KEYS,
  SETTINGS,
  type SettingKey,
  toEnvironmentName,
  type Values,
} from './schema.ts'

export { isLoopback } from './loopback.ts'

/** Where settings come from. Flags are by key; those nobody gave are undefined. */
export interface ConfigInput {
  readonly flags: Readonly<Partial<Record<SettingKey | 'config', unknown>>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The environment of the process: read here and nowhere else. */
export const processEnvironment: ConfigInput['environment'] = process.env

interface Given {
  readonly value: unknown
  readonly source: Source
}

/**
 * The configuration in force: defaults, then the file, then the environment, then flags. Throws
 * `config-invalid` with every fault at once, each with its key, its value and what is allowed.
 */
export function loadConfig(input: ConfigInput): Config {
  const faults: Fault[] = []
  const given = new Map<SettingKey, Given>()
  readFile(input, given, faults)
  readEnvironment(input, given)
  for (const key of SETTING_KEYS) {
    const value = input.flags[key]
    if (value !== undefined) given.set(key, { value: toTyped(key, value), source: 'flag' })
  }
  const values = checkValues(given, faults)
  const config = toConfig(values, toSources(given), readDataDir(values.dataDir, input.environment))
  faults.push(...findClashes(config, new Set(faults.map(({ key }) => key))))
  if (faults.length > 0) throw toError(faults)
  return withOllamaOrigins(config, input)
}

/** The configuration of an empty input. */
export function defaultConfig(): Config {
  return loadConfig({ flags: {}, environment: {} })
}

function readFile(input: ConfigInput, given: Map<SettingKey, Given>, faults: Fault[]): void {
  const path = input.flags.config ?? input.environment.REPRISE_CONFIG
  if (typeof path !== 'string' || path === '') return
  try {
    const errors: ParseError[] = []
    const text = readFileSync(path, 'utf8')
    const root: unknown = parse(text, errors, { allowTrailingComma: true })
    for (const error of errors) faults.push({ key: path, message: toPosition(text, error) })
    if (errors.length === 0) flatten(root, '', given, faults)
  } catch (error) {
    faults.push({ key: '--config', message: `${path} cannot be read: ${String(error)}` })
  }
}

function toPosition(text: string, error: ParseError): string {
  const lines = text.slice(0, error.offset).split('\n')
  const column = (lines.at(-1)?.length ?? 0) + 1
  return `line ${lines.length}, column ${column}: ${printParseErrorCode(error.error)}`
}

function isKey(path: string): path is SettingKey {
  return Object.hasOwn(SETTINGS, path)
}

/** Nested objects become keys; what is no key is a fault that names those there are. */
function flatten(
  node: unknown,
  path: string,
  given: Map<SettingKey, Given>,
  faults: Fault[],
): void {
  if (isKey(path)) {
    given.set(path, { value: node, source: 'file' })
    return
  }
  const below = SETTING_KEYS.filter((key) => path === '' || key.startsWith(`${path}.`))
  if (below.length === 0 || typeof node !== 'object' || node === null || Array.isArray(node)) {
    const known = below.length > 0 ? below : SETTING_KEYS
    const what = below.length > 0 ? 'is not an object' : 'is not a key'
    faults.push({
      key: path || 'the file',
      message: `${show(node)} ${what}; allowed: ${known.join(', ')}`,
    })
    return
  }
  for (const [name, value] of Object.entries(node)) {
    if (path === '' && name === '$schema') continue
    flatten(value, path === '' ? name : `${path}.${name}`, given, faults)
  }
}

function readEnvironment(input: ConfigInput, given: Map<SettingKey, Given>): void {
  for (const key of SETTING_KEYS) {
    const text = input.environment[toEnvironmentName(key)]
    // Compose files pass on what nobody has set as an empty text.
    if (text) given.set(key, { value: toTyped(key, text), source: 'environment' })
  }
}

/** A text as the value its key takes: as it is, as JSON, or as a list with commas. */
function toTyped(key: SettingKey, value: unknown): unknown {
  if (typeof value !== 'string' || isValid(key, value)) return value
  try {
    return JSON.parse(value)
  } catch {
    const list = value.split(',').map((item) => item.trim())
    return isValid(key, list) ? list : value
  }
}

function isValid(key: SettingKey, value: unknown): boolean {
  if (!Check(SETTINGS[key].schema, value)) return false
  // No pattern says which ports and names make a URL.
  return key !== 'upstream' || URL.canParse(String(value))
}

/** The valid values; a default stands in for each that is not, so that the others can be judged too. */
function checkValues(given: ReadonlyMap<SettingKey, Given>, faults: Fault[]): Values {
  const values: Record<string, unknown> = {}
  for (const key of SETTING_KEYS) {
    const { fallback, allowed } = SETTINGS[key]
    const value = given.has(key) ? given.get(key)?.value : fallback
    values[key] = isValid(key, value) ? value : fallback
    if (isValid(key, value)) continue
    faults.push({ key, message: `${show(value)} is not allowed; allowed: ${allowed}` })
  }
  // Checked key by key against the schemas that the type is made of.
  return values as Values
}

function toSources(given: ReadonlyMap<SettingKey, Given>): Record<SettingKey, Source> {
  const pairs = SETTING_KEYS.map((key) => [key, given.get(key)?.source ?? 'default'])
  return Object.fromEntries(pairs) as Record<SettingKey, Source>
}

/** Pages that Ollama was told to allow are allowed here too. */
function withOllamaOrigins(config: Config, { environment }: ConfigInput): Config {
  // Ollama takes quotes off the values of its variables (envconfig.Var).
  const text = environment.OLLAMA_ORIGINS?.trim().replace(/^["']+|["']+$/g, '') ?? ''
  const more = text.split(',').flatMap((origin) => origin.trim() || [])
  if (more.length === 0) return config
  const origins = [...config.security.origins, ...more]
  return { ...config, security: { ...config.security, origins } }
}

function toError(faults: readonly Fault[]): RepriseError {
  const lines = faults.map(({ key, message }) => `  ${key}: ${message}`)
  return new RepriseError('config-invalid', ['the configuration is not valid', ...lines].join('\n'))
}

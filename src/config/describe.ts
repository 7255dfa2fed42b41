import { SETTING_KEYS, SETTINGS, type SettingKey, toEnvironmentName } from './schema.ts'
import type { Setting } from './shapes.ts'

/** A JSON value, as configuration files hold it. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** The settings as a tree: keys with dots become nested objects. */
interface Branch {
  readonly [name: string]: Branch | Leaf
}

interface Leaf {
  readonly key: SettingKey
  readonly setting: Setting
}

const isLeaf = (node: Branch | Leaf): node is Leaf => 'setting' in node

function toTree(): Branch {
  const root: Record<string, Branch | Leaf> = {}
  for (const key of SETTING_KEYS) {
    const names = key.split('.')
    const last = names.pop() ?? ''
    let branch = root
    for (const name of names) {
      branch[name] ??= {}
      branch = branch[name] as Record<string, Branch | Leaf>
    }
    branch[last] = { key, setting: SETTINGS[key] }
  }
  return root
}

/** The JSON Schema of the configuration file, for editors and for checks. */
export function toJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of Reprise',
    ...toObjectSchema(toTree(), { $schema: { type: 'string' } }),
  }
}

function toObjectSchema(branch: Branch, more: object = {}): object {
  const properties = Object.entries(branch).map(([name, node]) => [
    name,
    isLeaf(node) ? toValueSchema(node.setting) : toObjectSchema(node),
  ])
  return {
    type: 'object',
    properties: { ...more, ...Object.fromEntries(properties) },
    additionalProperties: false,
  }
}

function toValueSchema({ schema, fallback, help, allowed }: Setting): object {
  return { ...schema, default: fallback, description: `${help} Allowed: ${allowed}.` }
}

/** An example of a configuration file: every key with its default, and above it what it does. */
export function toExample(): string {
  const head = [
    '// Every key with its default. Leave out what you do not change.',
    '// Precedence: defaults < this file < environment < flags.',
  ]
  return [...head, ...toExampleObject(toTree(), ''), ''].join('\n')
}

function toExampleObject(branch: Branch, indent: string): string[] {
  const inner = `${indent}  `
  const schema = indent === '' ? [`${inner}"$schema": "./reprise.schema.json",`, ''] : []
  const members = Object.entries(branch).flatMap(([name, node], i, all) => {
    const comma = i < all.length - 1 ? ',' : ''
    const value = isLeaf(node) ? toExampleValue(node, inner) : toExampleObject(node, inner)
    const [first = '', ...rest] = value
    const lines = [`${inner}${JSON.stringify(name)}: ${first.trimStart()}`, ...rest]
    lines.push(`${lines.pop() ?? ''}${comma}`)
    const comment = isLeaf(node) ? [`${inner}// ${node.setting.help}`] : []
    return [...comment, ...lines]
  })
  return [`${indent}{`, ...schema, ...members, `${indent}}`]
}

function toExampleValue({ setting }: Leaf, indent: string): string[] {
  return JSON.stringify(setting.fallback, null, 2)
    .split('\n')
    .map((line) => `${indent}${line}`)
}

/** The reference of all keys as a page of Markdown. */
export function toReferencePage(): string {
  const rows = SETTING_KEYS.map((key) => toRow(key, SETTINGS[key]))
  return [
    '# Configuration',
    '',
    'Generated from `src/config/schema.ts` by `node scripts/generate-docs.mjs`.',
    'Precedence: defaults < file (`--config FILE`, `REPRISE_CONFIG`) < environment < flags.',
    'The file is JSON, comments allowed; `config/reprise.example.jsonc` shows every key.',
    '',
    '| key | environment | flag | default | what | allowed |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

function toRow(key: SettingKey, { fallback, flag, help, allowed }: Setting): string {
  const cells = [
    `\`${key}\``,
    `\`${toEnvironmentName(key)}\``,
    flag === undefined ? '' : `\`--${flag}\``,
    `\`${JSON.stringify(fallback as Json)}\``,
    help,
    allowed,
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

import { readFileSync } from 'node:fs'
import { parse } from 'jsonc-parser'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { toExample, toJsonSchema, toReferencePage } from '../../src/config/describe.ts'
import { SETTING_KEYS, SETTINGS, toEnvironmentName } from '../../src/config/schema.ts'

const shipped = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

const schema = JSON.parse(shipped('config/reprise.schema.json')) as TSchema

describe('the published files', () => {
  it('are what the table of settings says', () => {
    expect(schema).toEqual(JSON.parse(JSON.stringify(toJsonSchema())))
    expect(shipped('config/reprise.example.jsonc')).toBe(toExample())
    expect(shipped('docs/configuration.md')).toBe(toReferencePage())
  })

  it('agree: the example is valid under the JSON Schema', () => {
    expect(Value.Check(schema, parse(shipped('config/reprise.example.jsonc')))).toBe(true)
  })

  it.each([
    ['{}', true],
    ['{"cache":{"maxBytes":1}}', true],
    ['{"inject":{"keepAlive":{"value":-1}}}', true],
    ['{"ttl":{"models":{"tiny":"1h"}}}', true],
    ['{"cache":{"maxByte":1}}', false],
    ['{"ttl":{"text":"soon"}}', false],
    ['{"profiles":{"a":{"top_k":1}}}', false],
  ])('judge %s: %s', (text, isValid) => {
    expect(Value.Check(schema, JSON.parse(text))).toBe(isValid)
  })

  it('name every key, its environment and its flag', () => {
    const page = toReferencePage()
    for (const key of SETTING_KEYS) {
      expect(page).toContain(`| \`${key}\` | \`${toEnvironmentName(key)}\` |`)
      expect(page).toContain(SETTINGS[key].help)
    }
  })
})

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Errors } from 'typebox/schema'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { SETTING_KEYS, toEnvironmentName } from '../../src/config/schema.ts'
import { ROOT, readText } from './support/context.ts'

interface Service {
  readonly image: string
  readonly profiles?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly environment?: Readonly<Record<string, string | null>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly command?: readonly string[]
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly mem_limit?: string
  readonly pids_limit?: number
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } }
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, null>>
}

const compose = parse(readText('docker-compose.yml'), { merge: true }) as Compose
const schema = JSON.parse(readText('test/packaging/schema/compose-spec.json')) as object
const services = Object.entries(compose.services)
const byDefault = services.filter(([, { profiles }]) => profiles === undefined)

describe('docker-compose.yml', () => {
  it('is what the Compose Specification allows', () => {
    expect(Errors(schema, compose)).toEqual([true, []])
    const wrong = { services: { reprise: { image: 'reprise', read_onyl: true } } }
    expect(Errors(schema, wrong)[0]).toBe(false)
  })

  it('starts Ollama, Reprise, Prometheus and Grafana without further words', () => {
    expect(byDefault.map(([name]) => name)).toEqual(['ollama', 'reprise', 'prometheus', 'grafana'])
  })

  it.each(services)('%s may do nothing that it need not', (name, service) => {
    expect(service.read_only).toBe(true)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toEqual(['no-new-privileges:true'])
    expect(service.pids_limit).toBeGreaterThan(0)
    // A model takes what it takes.
    expect(service.mem_limit !== undefined).toBe(name !== 'ollama')
  })

  it.each(services)('%s is published to this machine only', (_name, service) => {
    expect((service.ports ?? []).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })

  it.each(services)('%s says whether it is well', (name, service) => {
    const isInImage = name.startsWith('reprise') && /^HEALTHCHECK/m.test(readText('Dockerfile'))
    expect(isInImage || service.healthcheck?.test[0] === 'CMD').toBe(true)
  })

  it.each(services)(
    '%s mounts files that are there and volumes that are declared',
    (_name, service) => {
      for (const [source = '', , mode] of (service.volumes ?? []).map((each) => each.split(':'))) {
        if (source.startsWith('.')) {
          expect([source, mode, existsSync(join(ROOT, source))]).toEqual([source, 'ro', true])
        } else {
          expect(Object.keys(compose.volumes)).toContain(source)
        }
      }
    },
  )

  it.each(['reprise', 'reprise-host'])(
    '%s is given settings that there are, and valid ones',
    (name) => {
      const environment = compose.services[name]?.environment ?? {}
      const known = SETTING_KEYS.map(toEnvironmentName)
      expect(Object.keys(environment).filter((key) => !known.includes(key))).toEqual([])
      // What nobody has set arrives as an empty text.
      const given = Object.entries(environment).map(([key, value]) => [key, value ?? ''])
      const config = loadConfig({ flags: {}, environment: Object.fromEntries(given) })
      const host = name === 'reprise' ? 'ollama' : 'host.docker.internal'
      expect(config.upstream.href).toBe(`http://${host}:11434/`)
    },
  )

  it('gives running answers longer to end than Reprise does', () => {
    const text = readText('docker-compose.yml')
    const seconds = Number(/stop_grace_period: (\d+)s/.exec(text)?.[1])
    expect(seconds).toBeGreaterThan(25)
  })

  it('has the two kinds of Reprise found under one name, which never run by default together', () => {
    const host = compose.services['reprise-host']
    expect(host?.profiles).toEqual(['host'])
    expect(host?.networks?.default.aliases).toEqual(['reprise'])
    expect(byDefault.flatMap(([, { depends_on }]) => Object.keys(depends_on ?? {}))).toEqual([
      'ollama',
      'prometheus',
    ])
  })
})

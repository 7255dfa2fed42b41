import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROOT, readText } from './support/context.ts'

const isHere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined
const hasPromtool = process.env.REPRISE_REQUIRE_TOOLS === '1' || isHere('promtool')

interface Prometheus {
  readonly rule_files: readonly string[]
  readonly scrape_configs: readonly {
    readonly job_name: string
    readonly metrics_path?: string
    readonly static_configs: readonly { readonly targets: readonly string[] }[]
  }[]
}

interface Sources {
  readonly datasources: readonly { readonly uid: string; readonly url: string }[]
}

interface Providers {
  readonly providers: readonly { readonly options: { readonly path: string } }[]
}

const prometheus = parse(readText('config/prometheus.yml')) as Prometheus
const compose = parse(readText('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<
    Record<string, { readonly volumes: string[]; readonly environment?: Record<string, string> }>
  >
}

/** Where a path inside a container comes from. */
function toSource(service: string, path: string): string {
  for (const volume of compose.services[service]?.volumes ?? []) {
    const [source = '', target = ''] = volume.split(':')
    if (path.startsWith(`${target}/`)) return join(source, path.slice(target.length))
  }
  return ''
}

describe('the settings of Prometheus', () => {
  it.skipIf(!hasPromtool)('are valid for promtool', () => {
    // Rules are checked with their own tests.
    const check = ['check', 'config', '--syntax-only', join(ROOT, 'config/prometheus.yml')]
    expect(execFileSync('promtool', check, { encoding: 'utf8' })).toContain('SUCCESS')
  })

  it('scrape Reprise by the name and port it has in the compose file', () => {
    const job = prometheus.scrape_configs.find(({ job_name }) => job_name === 'reprise')
    expect(job?.static_configs[0]?.targets).toEqual(['reprise:11435'])
    expect(job?.metrics_path).toBe('/metrics')
  })

  it('look for rules beside themselves, where the compose file mounts them', () => {
    expect(prometheus.rule_files).toEqual(['prometheus.rules.yml', 'prometheus.alerts.yml'])
    expect(toSource('prometheus', '/etc/prometheus/prometheus.yml')).toBe('config/prometheus.yml')
  })
})

describe('what is provisioned in Grafana', () => {
  const sources = parse(
    readText('config/grafana/provisioning/datasources/prometheus.yml'),
  ) as Sources
  const dashboards = parse(
    readText('config/grafana/provisioning/dashboards/reprise.yml'),
  ) as Providers

  it('is where the compose file says', () => {
    const path = compose.services.grafana?.environment?.GF_PATHS_PROVISIONING ?? ''
    expect(toSource('grafana', `${path}/datasources`)).toBe(
      'config/grafana/provisioning/datasources',
    )
    expect(existsSync(join(ROOT, toSource('grafana', `${path}/dashboards`)))).toBe(true)
  })

  it('asks the Prometheus of the compose file, by a uid that dashboards can name', () => {
    expect(sources.datasources.map(({ uid, url }) => [uid, url])).toEqual([
      ['prometheus', 'http://prometheus:9090'],
    ])
    expect(Object.keys(compose.services)).toContain('prometheus')
  })

  it('takes dashboards from config/grafana/dashboards', () => {
    const [provider] = dashboards.providers
    expect(toSource('grafana', `${provider?.options.path}/reprise.json`)).toBe(
      'config/grafana/dashboards/reprise.json',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readText } from '../packaging/support/context.ts'
import { findUnknown, listKnown, readRules } from './support/known.ts'
import { hasPromtool, promtool } from './support/promtool.ts'

const RULES = 'config/prometheus.rules.yml'
const ALERTS = 'config/prometheus.alerts.yml'

const known = await listKnown()
const alerts = readRules(ALERTS)

describe('the rules', () => {
  it.runIf(hasPromtool)('have nothing that promtool would complain of', () => {
    const { said, status } = promtool('check', 'rules', '--lint-fatal', RULES, ALERTS)
    expect([said, status]).toEqual([expect.not.stringMatching(/error|warn|duplicate/i), 0])
  })

  it.runIf(hasPromtool).each(['recordings.yml', 'alerts.yml'])(
    'do what test/monitoring/%s says',
    (name) => {
      const { said, status } = promtool('test', 'rules', `test/monitoring/${name}`)
      expect([said, status]).toEqual([expect.stringContaining('SUCCESS'), 0])
    },
    60_000,
  )

  it.each(
    [...readRules(RULES), ...alerts].map(({ record, alert, expr }) => [record ?? alert, expr]),
  )('name metrics and labels that there are: %s', (_name, expr) => {
    expect(findUnknown(expr ?? '', known)).toEqual([])
  })
})

describe('each alert', () => {
  const { tests } = parse(readText('test/monitoring/alerts.yml')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[]
  }
  const tried = tests.flatMap(({ alert_rule_test: cases }) => cases)
  const isTried = (alert: string, isFiring: boolean): boolean =>
    tried.some((each) => each.alertname === alert && each.exp_alerts.length > 0 === isFiring)

  it.each(alerts.map(({ alert = '' }) => alert))('is seen to fire and to be quiet: %s', (alert) => {
    expect([isTried(alert, true), isTried(alert, false)]).toEqual([true, true])
  })

  it.each(alerts.map(({ alert = '' }) => alert))(
    'is explained in docs/monitoring.md: %s',
    (alert) => {
      expect(readText('docs/monitoring.md')).toContain(`\`${alert}\``)
    },
  )

  it('writes only labels that its expression keeps', () => {
    for (const { expr, annotations = {} } of alerts) {
      const written = Object.values(annotations).flatMap((text) =>
        [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? ''),
      )
      expect(findUnknown(expr, known, written)).toEqual([])
    }
  })
})

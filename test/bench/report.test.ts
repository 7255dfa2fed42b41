import { describe, expect, it } from 'vitest'
import { type Goal, type Row, toRatio } from '../../bench/harness/comparison.ts'
import { replaceBetweenMarkers, toMarkdown } from '../../bench/harness/markdown.ts'
import { countMissed, judge } from '../../bench/harness/report.ts'
import type { Compared, Judged, Results } from '../../bench/harness/results.ts'
import { quantile, toSpread } from '../../bench/harness/statistics.ts'

const GOAL: Goal = {
  of: 'reprise',
  beside: 'nginx',
  figure: 'requestsPerSecond',
  bound: 'at-least',
  value: 0.8,
}
const ROWS = [toRow('reprise', [90, 50, 80]), toRow('nginx', [100, 100, 100])]
const STAMP = {
  date: '2026-01-02T03:04:05Z',
  revision: 'abc',
  effort: 'full',
  loadBefore: 0,
} as const
const COMPARED: Compared = {
  ...STAMP,
  title: 'hit',
  standsFor: 'something',
  connections: 32,
  goals: [GOAL],
  rows: ROWS,
  rounds: { rounds: 3, seconds: 1 },
}
const JUDGED: Judged = {
  ...STAMP,
  title: 'tail',
  standsFor: 'something',
  figures: [
    {
      name: 'p99',
      measured: 3,
      unit: 'ms',
      goal: { kind: 'at-most', value: 2 },
      isHeadline: 'yes',
    },
    { name: 'beside it', measured: 1, unit: 'ms' },
  ],
}

function toRow(name: string, rates: readonly number[]): Row {
  const rounds = rates.map((requestsPerSecond) => ({
    requests: 1,
    requestsPerSecond,
    p50Ms: 1,
    p99Ms: 2,
    cpuMicroseconds: undefined,
    busy: undefined,
  }))
  const spread = toSpread(rates)
  const none = { cpuMicroseconds: undefined, busy: undefined }
  return { name, rounds, requestsPerSecond: spread, p50Ms: spread, p99Ms: spread, ...none }
}

describe('a ratio', () => {
  it('is taken round by round, and its median judged', () => {
    expect(toRatio(ROWS, GOAL)).toEqual({ median: 0.8, min: 0.5, max: 0.9 })
    expect(judge(ROWS, GOAL)?.isMet).toBe(true)
    expect(judge(ROWS, { ...GOAL, value: 0.81 })?.isMet).toBe(false)
  })

  it('is none where a rival is not installed', () => {
    expect(judge(ROWS, { ...GOAL, beside: 'varnish' })).toBeUndefined()
  })

  it('has its goals counted with those of the figures', () => {
    expect(countMissed([COMPARED], [JUDGED])).toBe(1)
  })
})

describe('quantiles', () => {
  it('lie between neighbours by weight', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2)
    expect(quantile([1, 2], 0.25)).toBe(1.25)
  })

  it('of nothing are not a number', () => {
    expect(quantile([], 0.5)).toBeNaN()
  })
})

describe('the table of the README', () => {
  const results: Results = {
    machine: { cpu: 'a processor', cores: 2, platform: 'linux' },
    cores: undefined,
    versions: { node: 'v20', reprise: 'abc' },
    compared: [COMPARED],
    judged: [JUDGED],
  }

  it('has a line for each goal and each headline, and says what was missed', () => {
    const table = toMarkdown(results)
    expect(table).toContain(
      '| hit: requests/s of reprise ÷ nginx | 0.80 (0.50–0.90) | ≥ 0.8 | met |',
    )
    expect(table).toContain('| tail: p99 | 3 ms | ≤ 2 | **missed** |')
    expect(table).not.toContain('beside it')
  })

  it('replaces what stands between the markers, and nothing else', () => {
    const page = 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter'
    const replaced = replaceBetweenMarkers(page, 'new')
    expect(replaced).toBe('before\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nafter')
    expect(() => replaceBetweenMarkers('no markers', 'new')).toThrow('bench:begin')
  })
})

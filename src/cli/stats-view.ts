import type { PricedSavings, WouldBe } from '../admin/savings.ts'
import type { Stats } from '../admin/stats.ts'
import type { Kind } from '../ollama/kind.ts'
import type { Paint } from './paint.ts'
import { toTable } from './table.ts'
import { cut, toHarmless } from './text-width.ts'

const KINDS: readonly Kind[] = ['text', 'vision', 'embedding']
const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** Where the statistics are shown. */
export interface StatsPlace {
  /** Columns of the terminal; undefined where nothing limits them. */
  readonly width?: number | undefined
  readonly paint?: Paint
}

/** The statistics as tables for a person. */
export function renderStats(stats: Stats, { width, paint = plain }: StatsPlace = {}): string {
  const { upstream, requests } = stats
  const origin = upstream.answering ? `Ollama ${upstream.version ?? '?'}` : 'not answering'
  const title = `reprise ${stats.version}, up ${toSpan(stats.uptimeSeconds)}, in front of ${upstream.url} (${origin})`
  const line = (text: string): string => cut(toHarmless(text), width ?? Number.POSITIVE_INFINITY)
  const table = (rows: readonly string[][]): string =>
    toTable(rows, ['left'], {
      width,
      paint: (text, row) => paint(text, row === 0 ? 'quiet' : 'plain'),
    })
  return [
    paint(line(title), 'title'),
    '',
    table([
      ['kind', 'entries', 'size', 'hits', 'misses', 'bypassed', 'hit rate'],
      ...KINDS.map((kind) => toKindRow(stats, kind)),
    ]),
    '',
    table([
      ['latency', 'p50', 'p95', 'p99'],
      ['hits', ...toPercentiles(stats.latencyMs.hit)],
      ['misses', ...toPercentiles(stats.latencyMs.miss)],
    ]),
    '',
    table(toSavings(stats)),
    '',
    line(
      `hit rate ${toShare(stats.hitRate)}, bypassed ${toShare(stats.bypassShare)}, errors ${requests.error}`,
    ),
    line(
      `saved ${toWorth(stats.saved)} since the start, ${toWorth(stats.life.saved)} over restarts`,
    ),
    ...toObserved(stats).map(line),
  ].join('\n')
}

const plain: Paint = (text) => text

/** This process beside the life of the cache. */
function toSavings({ requests, hitRate, saved, countedSince, life }: Stats): string[][] {
  const row = (
    since: string,
    counts: Stats['requests'],
    rate: number | null,
    of: PricedSavings,
  ) => [
    since,
    String(Object.values(counts).reduce((total, count) => total + count, 0)),
    String(counts.hit + counts.stale),
    toShare(rate),
    toSpan(of.seconds),
    String(of.tokens),
    String(of.generations),
  ]
  return [
    ['since', 'requests', 'hits', 'hit rate', 'saved', 'tokens', 'generations'],
    row(`${toDay(countedSince)} (this process)`, requests, hitRate, saved),
    row(`${toDay(life.since)} (over restarts)`, life.requests, life.hitRate, life.saved),
  ]
}

/** As `2026-01-02 03:04` in the time of this machine. */
function toDay(instant: string): string {
  const at = new Date(instant)
  const date = [at.getFullYear(), at.getMonth() + 1, at.getDate()]
  const time = [at.getHours(), at.getMinutes()]
  const digits = (parts: number[], by: string) =>
    parts.map((part) => String(part).padStart(2, '0')).join(by)
  return `${digits(date, '-')} ${digits(time, ':')}`
}

function toWorth({ seconds, kilowattHours, money }: PricedSavings): string {
  const energy = kilowattHours === null ? '' : `, ${toAmount(kilowattHours)} kWh`
  const cost = money === null ? '' : `, ${toAmount(money.amount)} ${money.currency}`.trimEnd()
  return `${toSpan(seconds)}${energy}${cost}`
}

/** Three digits that say something. */
function toAmount(amount: number): string {
  return amount === 0 ? '0' : String(Number(amount.toPrecision(3)))
}

/** What the cache would have done, where it was not let. */
function toObserved({ mode, wouldBe, life }: Stats): string[] {
  if (mode !== 'observe' && life.wouldBe.generations === 0) return []
  const said = mode === 'observe' ? wouldBe : life.wouldBe
  return [
    '',
    mode === 'observe'
      ? 'mode observe: nothing is answered from the cache, and so nothing is saved but by sharing runs'
      : 'while mode was observe',
    `the cache would have answered ${said.generations} requests more${toRate(said)} and saved ${toWorth(said)}, ${said.tokens} tokens`,
    `of these Ollama’s new answer was the same ${said.same} times, and another ${said.different} times`,
  ]
}

function toRate({ hitRate }: WouldBe): string {
  return hitRate === null ? '' : ` (a hit rate of ${toShare(hitRate)})`
}

function toKindRow(stats: Stats, kind: Kind): string[] {
  const { entries, bytes } = stats.entries.kinds[kind]
  const counts = stats.kinds[kind]
  return [
    kind,
    String(entries),
    toSize(bytes),
    String(counts.hit + counts.stale),
    String(counts.miss + counts.collapsed),
    String(counts.bypass),
    toShare(counts.hitRate),
  ]
}

function toPercentiles(values: Stats['latencyMs']['hit']): string[] {
  if (values === null) return ['-', '-', '-']
  return [values.p50, values.p95, values.p99].map(toMs)
}

/** Milliseconds, with two digits behind the point where there are few. */
export function toMs(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 2 : 0)} ms`
}

/** A share as `66.7 %`; a dash where there is none. */
export function toShare(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`
}

/** A size in the largest unit that leaves at least one of it. */
export function toSize(bytes: number): string {
  const power = Math.min(SIZE_UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value.toFixed(power === 0 ? 0 : 1)} ${SIZE_UNITS[power]}`
}

/** A time span as people say it. */
export function toSpan(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`
  const hours = Math.floor(seconds / 3600)
  if (hours < 48) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

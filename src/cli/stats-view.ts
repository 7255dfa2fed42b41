import type { Stats } from '../admin/stats.ts'
import type { Kind } from '../ollama/kind.ts'
import { toTable } from './table.ts'

const KINDS: readonly Kind[] = ['text', 'vision', 'embedding']
const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** The statistics as tables for a person. */
export function renderStats(stats: Stats): string {
  const { upstream, requests, saved } = stats
  const origin = upstream.answering ? `Ollama ${upstream.version ?? '?'}` : 'not answering'
  return [
    `reprise ${stats.version}, up ${toSpan(stats.uptimeSeconds)}, in front of ${upstream.url} (${origin})`,
    '',
    toTable([
      ['kind', 'entries', 'size', 'hits', 'misses', 'bypassed', 'hit rate'],
      ...KINDS.map((kind) => toKindRow(stats, kind)),
    ]),
    '',
    toTable([
      ['latency', 'p50', 'p95', 'p99'],
      ['hits', ...toPercentiles(stats.latencyMs.hit)],
      ['misses', ...toPercentiles(stats.latencyMs.miss)],
    ]),
    '',
    `hit rate ${toShare(stats.hitRate)}, bypassed ${toShare(stats.bypassShare)}, errors ${requests.error}`,
    `saved ${toSpan(saved.seconds)}, ${saved.tokens} tokens, ${saved.generations} generations`,
  ].join('\n')
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
  return [values.p50, values.p95, values.p99].map((ms) => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`)
}

function toShare(share: number | null): string {
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

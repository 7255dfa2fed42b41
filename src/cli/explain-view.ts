import type { Explanation } from '../admin/explain.ts'
import { toSpan } from './stats-view.ts'

/** An explanation for a person: what would happen, why, and what the key is made of. */
export function renderExplanation(said: Explanation): string {
  const why = said.texts.length > 0 ? toTexts(said) : toNearest(said)
  return [toVerdict(said), ...toReason(said), ...why, ...toKey(said)].join('\n')
}

function toVerdict({ outcome, entry }: Explanation): string {
  switch (outcome) {
    case 'hit':
      return `hit: answered from ${toPlace(entry)}`
    case 'stale':
      return `stale: answered from ${toPlace(entry)}`
    case 'bypass':
      return 'bypass: the cache is not asked, and the answer is not kept'
    case 'miss':
      return 'miss: Ollama is asked, and the answer is kept'
    default:
      return outcome
  }
}

function toPlace(entry: Explanation['entry']): string {
  return entry === null ? 'the cache' : `${entry.tier}, ${toAge(entry)}`
}

function toAge(entry: NonNullable<Explanation['entry']>): string {
  const left = entry.ttlSeconds >= 0 ? `fresh for ${toSpan(entry.ttlSeconds)}` : 'expired'
  return `stored ${toSpan(entry.ageSeconds)} ago, ${left}`
}

function toReason({ reason, setting, entry, outcome }: Explanation): string[] {
  if (reason === null) return []
  const governed = setting === null ? '' : ` (the setting ${setting} governs it)`
  const old = outcome === 'miss' && entry !== null ? `: ${toAge(entry)}` : ''
  return [`because: ${reason}${governed}${old}`]
}

function toNearest({ nearest, key, entry }: Explanation): string[] {
  if (nearest !== null) {
    const { differs, storedAt, model } = nearest
    const what = differs.length === 0 ? 'in nothing that is kept' : `in ${differs.join(', ')}`
    return [`nearest: ${nearest.key.slice(0, 12)} (${model}, stored ${storedAt}) differs ${what}`]
  }
  return key === null || entry !== null ? [] : ['nearest: no entry of this route can be compared']
}

function toTexts({ texts }: Explanation): string[] {
  const known = texts.filter(({ outcome }) => outcome === 'hit').length
  return [`texts:   ${known} of ${texts.length} known`]
}

function toKey({ key, route, model, injected, parts }: Explanation): string[] {
  const lines = [`key:     ${key ?? 'none'}`]
  if (route !== null) lines.push(`route:   ${route}`)
  if (model !== null) {
    const date = model.dateStamp === '' ? '' : `, date ${model.dateStamp}`
    lines.push(
      `model:   ${model.name}, digest ${model.digest.slice(0, 12)}, Ollama ${model.version}${date}`,
    )
  }
  if (injected.length > 0) lines.push(`put in:  ${injected.join(', ')}`)
  if (parts === null) return lines
  return [...lines, 'parts:', ...Object.entries(parts).map(([name, hash]) => `  ${hash}  ${name}`)]
}

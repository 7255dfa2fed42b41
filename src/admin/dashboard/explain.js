import { byId, make, outcomeWord } from './elements.js'
import { toCount, toDuration, toInstant } from './numbers.js'
import { order } from './server.js'

/** Says what would become of a request that somebody pastes. */
export function createExplain() {
  const form = byId('explain-form')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const { path, body } = form.elements
    try {
      show(await order('explain', toLine(path.value.trim(), body.value)))
    } catch (error) {
      byId('explanation').replaceChildren(make('p', {}, error.message))
    }
  })
}

/** The bytes as they were pasted: spelling and order decide what they mean. */
function toLine(path, text) {
  const value = parse(text)
  if (typeof value?.path === 'string' && 'body' in value) return text
  const body = value === undefined ? JSON.stringify(text) : text
  return `{"path":${JSON.stringify(path)},"body":${body}}`
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function show(verdict) {
  const { outcome, reason, setting } = verdict
  const why = reason === null ? undefined : make('span', { className: 'reason' }, ` ${reason}`)
  const governed =
    setting === null ? undefined : make('span', {}, ' · governed by ', make('code', {}, setting))
  const facts = toFacts(verdict).flatMap(([name, fact]) => [
    make('dt', {}, name),
    make('dd', {}, fact),
  ])
  byId('explanation').replaceChildren(
    make('p', { className: 'big' }, outcomeWord(outcome)),
    make('p', {}, why, governed),
    make('dl', { className: 'facts' }, ...facts),
  )
}

function toFacts({ route, model, injected, entry, nearest, texts, parts, key }) {
  return [
    ['read as', route],
    [
      'model',
      model &&
        `${model.asked} → ${model.name}, ${model.digest.slice(0, 12)}, Ollama ${model.version}`,
    ],
    ['put in', injected.join(', ')],
    ['entry', entry && toEntrySentence(entry)],
    ['nearest entry', nearest && toNearestSentence(nearest)],
    ['texts', texts.length > 1 && toTextsSentence(texts)],
    ['fields in the key', parts && Object.keys(parts).join(', ')],
    ['key', key && make('code', {}, key)],
  ].filter(([, fact]) => fact)
}

function toEntrySentence({ tier, storedAt, ageSeconds, ttlSeconds }) {
  const left = ttlSeconds < 0 ? 'expired' : `fresh for ${toDuration(ttlSeconds * 1_000)} more`
  return `stored ${toInstant(storedAt)} (${toDuration(ageSeconds * 1_000)} ago), in ${tier}, ${left}`
}

function toNearestSentence({ key, model, storedAt, differs }) {
  return `${key.slice(0, 10)} of ${model}, stored ${toInstant(storedAt)}, differs in ${differs.join(', ')}`
}

function toTextsSentence(texts) {
  const known = texts.filter(({ outcome }) => outcome === 'hit').length
  return `${toCount(known)} of ${toCount(texts.length)} are known`
}

import { draw, show, showBars, showShares } from './charts.js'
import { byId, cell, make, outcomeWord } from './elements.js'
import { showLatency } from './latency.js'
import { toAmount, toCount, toDuration, toInstant, toPercent, toSize } from './numbers.js'

const MINUTE_MS = 60_000
const MINUTES = 60

const OUTCOMES = ['hit', 'stale', 'miss', 'collapsed', 'bypass', 'error']

/** What the breaker's states mean to a person. */
const BREAKER = {
  closed: 'Ollama is asked',
  open: 'Ollama is left alone: it failed too often',
  'half-open': 'asking whether Ollama is back',
}

/** The overview: shows each state that comes, and the last hour minute by minute. */
export function createOverview() {
  let minutes = new Map()
  /** How far this machine's clock is ahead of the server's, in ms. */
  let aheadMs = 0
  let timer

  function showHour() {
    const hour = toHour(minutes, Date.now() - aheadMs)
    const sum = (name) => hour.reduce((total, minute) => total + minute[name], 0)
    const asked = sum('asked')
    const rate = toPercent(asked === 0 ? null : sum('hits') / asked)
    const saved = toDuration(sum('savedSeconds') * 1_000)
    say({ 'hour.hitRate': rate, 'hour.savedSeconds': saved })
    const shares = hour.map(({ hits, asked }) => (asked === 0 ? null : hits / asked))
    const seconds = hour.map(({ savedSeconds }) => savedSeconds)
    showShares(byId('rate-chart'), shares, `Hit rate of the last hour: ${rate}`)
    const label = `Saved in the last hour: ${saved}`
    const toLabel = (value) => toDuration(value * 1_000)
    showBars(byId('saved-chart'), seconds, label, toLabel)
    // The hour moves on though nothing happens; nobody is asked for that.
    clearTimeout(timer)
    timer = setTimeout(showHour, MINUTE_MS)
  }

  let last
  function showAll(state) {
    last = state
    showHour()
    showStats(state.stats)
    showOrigin(state.origin)
  }
  // Pictures are drawn for the width that there is.
  addEventListener('resize', () => last && showAll(last))

  return {
    past(past) {
      minutes = new Map(past.map((minute) => [minute.at, minute]))
    },
    show(state) {
      aheadMs = Date.now() - state.now
      for (const minute of state.minutes) minutes.set(minute.at, minute)
      showAll(state)
    },
  }
}

/** The last 60 minutes in order, those that are missing without anything. */
function toHour(minutes, now) {
  const last = Math.floor(now / MINUTE_MS)
  for (const at of minutes.keys()) if (at <= (last - MINUTES) * MINUTE_MS) minutes.delete(at)
  return Array.from({ length: MINUTES }, (_, i) => {
    const at = (last - MINUTES + 1 + i) * MINUTE_MS
    return minutes.get(at) ?? { at, requests: 0, hits: 0, asked: 0, savedSeconds: 0 }
  })
}

function showStats(stats) {
  const { version, upstream, saved, entries } = stats
  byId('version').textContent = version
  const origin = upstream.answering ? `Ollama ${upstream.version}` : 'not answering'
  byId('upstream').textContent = `${upstream.url} (${origin})`
  const bytes = Object.values(entries.kinds).reduce((total, kind) => total + kind.bytes, 0)
  say({
    hitRate: toPercent(stats.hitRate),
    bypassShare: toPercent(stats.bypassShare),
    countedSince: toInstant(stats.countedSince),
    'saved.seconds': toDuration(saved.seconds * 1_000),
    'life.saved': toLife(stats.life),
    'saved.generations': toCount(saved.generations),
    'saved.tokens': toCount(saved.tokens),
    'entries.total': toCount(entries.total),
    'entries.bytes': toSize(bytes),
  })
  showOutcomes(stats.requests)
  showKinds(stats)
  showLatency(stats, { rows: byId('latency').tBodies[0], chart: byId('latency-chart') })
}

/** What was saved over restarts, with energy and money where the settings say what they are. */
function toLife({ since, saved }) {
  const { seconds, kilowattHours, money } = saved
  const said = [`${toDuration(seconds * 1_000)} over restarts, since ${toInstant(since)}`]
  if (kilowattHours !== null) said.push(`${toAmount(kilowattHours)} kWh`)
  if (money !== null) said.push(`${toAmount(money.amount)} ${money.currency}`.trim())
  return said.join(' · ')
}

function showOrigin({ queueDepth, running, flights, breaker }) {
  say({
    'origin.queueDepth': toCount(queueDepth),
    'origin.running': toCount(running),
    'origin.flights': toCount(flights),
    'origin.breaker': BREAKER[breaker],
  })
}

function showOutcomes(requests) {
  const rows = OUTCOMES.map((word) =>
    make(
      'div',
      {},
      make('dt', {}, outcomeWord(word)),
      make('dd', { data: { stat: `requests.${word}` } }, toCount(requests[word])),
    ),
  )
  byId('outcomes').replaceChildren(...rows)
  showParts(byId('outcome-bar'), requests)
}

/** One bar with a part for each outcome. */
function showParts(place, requests) {
  const all = OUTCOMES.reduce((total, word) => total + requests[word], 0)
  show(place, { label: `${toCount(all)} requests by outcome`, height: 14 }, (width) => {
    let x = 0
    return OUTCOMES.filter((word) => requests[word] > 0).map((word) => {
      const part = { x, y: 0, width: (width * requests[word]) / all, height: 14 }
      x += part.width
      return draw('rect', { class: `share fill-${word}`, ...part })
    })
  })
}

function showKinds({ kinds, entries }) {
  const rows = Object.entries(kinds).map(([kind, { hitRate }]) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, kind),
      cell(toPercent(hitRate), 'number'),
      cell(toCount(entries.kinds[kind].entries), 'number'),
      cell(toSize(entries.kinds[kind].bytes), 'number'),
    ),
  )
  byId('kinds').tBodies[0].replaceChildren(...rows)
}

/** Writes numbers where the page has places for them. */
function say(texts) {
  for (const [name, text] of Object.entries(texts)) {
    for (const place of document.querySelectorAll(`[data-stat="${name}"]`)) place.textContent = text
  }
}
